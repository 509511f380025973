import type { Measured } from './record.ts'

export interface DrillTimes {
  /** Of the drill. */
  startedAt: Date
  /** Of the data in the backup. */
  snapshotAt: Date
  /** When the next good backup of the source was finished; null: there is none. */
  replacedAt: Date | null
  restoreSeconds: number | null
  rtoObjectiveSeconds: number | null
  rpoObjectiveSeconds: number | null
}

/**
 * Times against objectives. A drill may restore an old backup on purpose, so the RPO is not judged by the age of its data today
 * but by the age that the data had when a newer backup took over. Both clocks may differ a little: no time is below zero.
 */
export function measureObjectives(times: DrillTimes): Omit<Measured, 'rows' | 'tables' | 'bytes'> {
  const { startedAt, snapshotAt, replacedAt, restoreSeconds } = times
  const { rtoObjectiveSeconds, rpoObjectiveSeconds } = times
  const newestUntil = replacedAt && replacedAt < startedAt ? replacedAt : startedAt
  const rpoSeconds = secondsBetween(snapshotAt, newestUntil)
  return {
    restoreSeconds,
    rtoObjectiveSeconds,
    rtoMet: isMet(restoreSeconds, rtoObjectiveSeconds),
    dataAgeSeconds: secondsBetween(snapshotAt, startedAt),
    rpoSeconds,
    rpoObjectiveSeconds,
    rpoMet: isMet(rpoSeconds, rpoObjectiveSeconds)
  }
}

/** An objective is missed when it is exceeded, not when it is met exactly. */
const isMet = (measured: number | null, objective: number | null) =>
  measured === null || objective === null ? null : measured <= objective

const secondsBetween = (from: Date, to: Date) =>
  Math.max(0, (to.getTime() - from.getTime()) / 1_000)
