import type { PolicySpec } from '../policy.ts'
import { startTime } from './maintenance.ts'
import { nextOccurrence, previousOccurrence } from './occurrences.ts'

type Timetable = Pick<PolicySpec, 'schedules' | 'timeZone' | 'maintenance'>

/**
 * The next `count` starts of all schedules after `from`, in order: what an operator wants to see. What falls into a
 * maintenance window stands at its end, once a schedule, also when the window has begun before `from`. Without jitter.
 */
export function upcoming(
  policy: Timetable,
  from: Date,
  count: number
): { schedule: string; at: Date }[] {
  return policy.schedules
    .flatMap(({ name, cron }) =>
      startsOf(cron, policy, from, count).map(at => ({ schedule: name, at }))
    )
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .slice(0, count)
}

function startsOf(cron: string, policy: Timetable, from: Date, count: number): Date[] {
  const { timeZone } = policy
  const starts: Date[] = []
  let occurrence = previousOccurrence(cron, timeZone, from) ?? nextOccurrence(cron, timeZone, from)
  while (occurrence && starts.length < count) {
    const at = startTime(policy, occurrence)
    if (at > from) starts.push(at)
    occurrence = nextOccurrence(cron, timeZone, at > from ? at : from)
  }
  return starts
}
