import type { Retention } from '../policy.ts'
import { type Calendar, calendarRules, calendars, clockOf, endOfPeriod } from './calendar.ts'
import { periodMs } from './period-ms.ts'

type Next = (after: Date) => Date | undefined

/**
 * Until when the rules will certainly want a backup made at `at`, if backups go on as scheduled and are good. `next`: the
 * next scheduled backup strictly after a moment. Used as lock-until. null where no rule is limited in time: there is
 * none, or no next backup takes its place.
 */
export function keptUntil(
  at: Date,
  rules: Retention,
  { timeZone, next }: { timeZone: string; next: Next }
): Date | null {
  const counts = calendarRules.filter(name => rules[name])
  if (!rules.last && !rules.within && counts.length === 0) return null

  const clock = clockOf(timeZone)
  const ends = [untilNth(at, Math.max(rules.last ?? 0, rules.minimumRedundancy), next)]
  if (rules.within) ends.push(new Date(at.getTime() + periodMs(rules.within)))
  for (const name of counts) {
    const calendar: Calendar = calendars[name]
    const numberOf = (moment: Date) => calendar.number(clock(moment))
    const later = next(at)
    const replaced = later && numberOf(later) === numberOf(at)
    // From period to period, not from backup to backup: seven years of hourly ones are 61 000.
    const nextPeriod: Next = moment =>
      next(new Date(endOfPeriod(moment, calendar, clock).getTime() - 1))
    ends.push(replaced ? later : untilNth(at, rules[name]!, nextPeriod))
  }
  return ends.some(end => !end) ? null : new Date(Math.max(...ends.map(Number)))
}

function untilNth(at: Date, count: number, next: Next): Date | undefined {
  let moment: Date | undefined = at
  for (let passed = 0; passed < count && moment; passed += 1) moment = next(moment)
  return moment
}
