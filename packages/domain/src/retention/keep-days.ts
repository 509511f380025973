import { nextBackup } from '../lock-until.ts'
import type { PolicySpec } from '../policy.ts'
import { previousOccurrence } from '../schedule/occurrences.ts'
import { calendars, clockOf, endOfPeriod } from './calendar.ts'
import { keptUntil } from './kept-until.ts'

const DAY_MS = 86_400_000
/** Backups that are looked at for the one that goes first. */
const NEXT_FEW = 50

/**
 * How long the rules keep the backups that will be made: the one that goes first, and the one that stays longest, which is
 * the last of an hour, day … or year. Null: without limit, or nothing is scheduled.
 */
export function keepDays(
  spec: PolicySpec,
  now: Date
): { shortest: number | null; longest: number | null } {
  const next = nextBackup(spec)
  const clock = clockOf(spec.timeZone)
  const made: Date[] = []
  for (let at = next(now); at && made.length < NEXT_FEW; at = next(at)) made.push(at)
  const [first] = made
  if (!first) return { shortest: null, longest: null }
  for (const calendar of Object.values(calendars)) {
    const end = endOfPeriod(first, calendar, clock).getTime() - 1
    const last = spec.schedules
      .map(({ cron }) => previousOccurrence(cron, spec.timeZone, new Date(end)))
      .filter(at => at !== undefined && at >= first)
    made.push(...(last as Date[]))
  }
  const kept = made.map(at => ({
    at,
    until: keptUntil(at, spec.retention, { timeZone: spec.timeZone, next })
  }))
  if (kept.some(({ until }) => until === null)) return { shortest: null, longest: null }
  const days = kept.map(({ at, until }) => (until!.getTime() - at.getTime()) / DAY_MS)
  return { shortest: Math.min(...days), longest: Math.max(...days) }
}
