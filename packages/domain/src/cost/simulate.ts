import type { PolicySpec } from '../policy.ts'

export interface ProjectedBackup {
  id: string
  at: Date
  bytes: number
}

/** A backup with the moment of its removal. */
export interface Life extends ProjectedBackup {
  until: number
}

export interface Simulation {
  spec: PolicySpec
  /** What exists at `from`. */
  stored: ProjectedBackup[]
  /** Stored bytes of a backup made at `from`. */
  bytesPerBackup: number
  growthPercentPerYear?: number
  /** First time of a cron expression strictly after a moment. */
  nextOccurrence(cron: string, timeZone: string, after: Date): Date | undefined
  /** The retention rules at a moment. */
  decide(backups: ProjectedBackup[], now: Date): { id: string; action: string }[]
  from: Date
}

const DAY = 86_400_000
const YEAR = 365.25 * DAY

/** All backups until `end`, each with the day on which retention removes it. */
export function simulate(plan: Simulation, end: number): Life[] {
  const { stored, decide, from } = plan
  const made = scheduled(plan, end)
  const lives: Life[] = stored.map(backup => ({ ...backup, until: Number.POSITIVE_INFINITY }))
  let kept = [...lives]
  let next = 0
  for (let now = from.getTime() + DAY; now < end; now += DAY) {
    for (; next < made.length && made[next]!.at.getTime() <= now; next += 1) {
      lives.push(made[next]!)
      kept.push(made[next]!)
    }
    const decisions = decide(kept, new Date(now))
    const removed = new Set(
      decisions.filter(({ action }) => action === 'remove').map(({ id }) => id)
    )
    for (const life of kept) if (removed.has(life.id)) life.until = now
    kept = kept.filter(life => !removed.has(life.id))
  }
  return [...lives, ...made.slice(next)]
}

function scheduled(plan: Simulation, end: number): Life[] {
  const { spec, from, bytesPerBackup, growthPercentPerYear = 0, nextOccurrence } = plan
  const times = spec.schedules.flatMap(({ cron }) => {
    const found: number[] = []
    let at = nextOccurrence(cron, spec.timeZone, from)
    for (; at && at.getTime() < end; at = nextOccurrence(cron, spec.timeZone, at))
      found.push(at.getTime())
    return found
  })
  return times
    .toSorted((a, b) => a - b)
    .map((at, index) => ({
      id: `projected-${index}`,
      at: new Date(at),
      bytes: bytesPerBackup * (1 + growthPercentPerYear / 100) ** ((at - from.getTime()) / YEAR),
      until: Number.POSITIVE_INFINITY
    }))
}
