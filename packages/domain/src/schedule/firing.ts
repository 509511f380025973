import type { PolicySpec, Schedule } from '../policy.ts'
import { dueTime } from './due-time.ts'
import { isLate, maintenanceAt, startTime } from './maintenance.ts'
import { nextOccurrence, occurrencesBetween, previousOccurrence } from './occurrences.ts'

export interface ScheduleState {
  /** Occurrence that was fired last. */
  firedFor: Date | null
  /** When the schedule was made, changed or resumed: nothing before it is missed. */
  since: Date
}

export type Firing =
  /** Nothing is due; when to look again, if ever. */
  | { action: 'wait'; until: Date | null }
  /** `missed`: further occurrences that this one stands for. */
  | { action: 'start'; occurrence: Date; missed: number }
  /** Note it as fired, start nothing. `clock`: what is noted lies in a future that the clock came back from. */
  | { action: 'skip'; occurrence: Date; missed: number; reason: 'late' | 'clock' }

/** With catchUp skip: an occurrence that is noticed so long after its due time is left out. */
export const LATE_MINUTES = 10

const DAY = 86_400_000

/**
 * What a schedule does now. Whoever acts on `start` or `skip` notes the occurrence as fired before asking again.
 * `seed` is something stable, such as the schedule's id: it moves the schedule within its jitter.
 */
export function firing(
  schedule: Schedule,
  policy: Pick<PolicySpec, 'timeZone' | 'catchUp' | 'maintenance'>,
  state: ScheduleState,
  now: Date,
  seed: string
): Firing {
  const { cron } = schedule
  const { timeZone, maintenance } = policy
  const due = (occurrence: Date) => dueTime(schedule, timeZone, occurrence, seed)
  const newest = previousOccurrence(cron, timeZone, now)
  const done = doneUntil(state, now)
  if (!done) return { action: 'skip', occurrence: newest ?? now, missed: 0, reason: 'clock' }

  const coming = newest && newest > done && due(newest) > now ? newest : undefined
  const occurrence = coming ? previousOccurrence(cron, timeZone, justBefore(coming)) : newest
  if (!occurrence || occurrence <= done) {
    const next = coming ?? nextOccurrence(cron, timeZone, done > now ? done : now)
    return { action: 'wait', until: next ? startTime(policy, due(next)) : null }
  }
  const window = maintenanceAt(maintenance, timeZone, now)
  if (window) return { action: 'wait', until: window.until }

  const missed = occurrencesBetween(cron, timeZone, done, occurrence).count - 1
  const late = policy.catchUp === 'skip' && isLate(policy, due(occurrence), now, LATE_MINUTES)
  return late
    ? { action: 'skip', occurrence, missed, reason: 'late' }
    : { action: 'start', occurrence, missed }
}

/**
 * Up to when nothing is left to do. A clock that is set back by up to a day waits for what it has fired already; what
 * lies further ahead came from a wrong clock and would silence the schedule, so it does not count. Undefined: nothing
 * is known, because the clock was wrong when the schedule fired last.
 */
function doneUntil({ firedFor, since }: ScheduleState, now: Date): Date | undefined {
  const credible = (time: Date) => time.getTime() <= now.getTime() + DAY
  if (!credible(firedFor ?? since)) return undefined
  return firedFor && (firedFor > since || !credible(since)) ? firedFor : since
}

function justBefore(time: Date): Date {
  return new Date(time.getTime() - 1)
}
