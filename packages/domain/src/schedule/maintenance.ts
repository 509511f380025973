import type { MaintenanceWindow, PolicySpec } from '../policy.ts'
import { nextOccurrence, previousOccurrence } from './occurrences.ts'

type Maintenance = Pick<PolicySpec, 'timeZone' | 'maintenance'>

const MINUTE = 60_000

/** Windows that follow each other without a pause, by the minute even, are joined up to so many. */
const MOST_JOINED = 500

/** The maintenance window that `at` lies in. `until` is the end of all windows that overlap it or follow at once. */
export function maintenanceAt(
  windows: MaintenanceWindow[],
  timeZone: string,
  at: Date
): { until: Date; reason: string } | undefined {
  const window = windows.find(each => lastEnd(each, timeZone, at) > at.getTime())
  if (!window) return undefined
  let until = at.getTime()
  for (let joined = 0; joined < MOST_JOINED; joined += 1) {
    const end = Math.max(...windows.map(each => lastEnd(each, timeZone, new Date(until))))
    if (end <= until) break
    until = end
  }
  return { until: new Date(until), reason: window.reason }
}

/** When what is due at `due` starts. */
export function startTime({ maintenance, timeZone }: Maintenance, due: Date): Date {
  return maintenanceAt(maintenance, timeZone, due)?.until ?? due
}

/** Whether more than `minutes` have passed from `due` to `now`; those in maintenance windows do not count. */
export function isLate(policy: Maintenance, due: Date, now: Date, minutes: number): boolean {
  let left = minutes * MINUTE
  let from = startTime(policy, due)
  while (from < now) {
    const pause = Math.min(now.getTime(), nextStart(policy, from))
    left -= pause - from.getTime()
    if (left < 0) return true
    from = startTime(policy, new Date(pause))
  }
  return false
}

/** End of the window's newest start at or before `at`. */
function lastEnd({ cron, minutes }: MaintenanceWindow, timeZone: string, at: Date): number {
  const start = previousOccurrence(cron, timeZone, at)
  return start ? start.getTime() + minutes * MINUTE : Number.NEGATIVE_INFINITY
}

function nextStart({ maintenance, timeZone }: Maintenance, after: Date): number {
  const starts = maintenance.map(({ cron }) => nextOccurrence(cron, timeZone, after)?.getTime())
  return Math.min(...starts.map(start => start ?? Number.POSITIVE_INFINITY))
}
