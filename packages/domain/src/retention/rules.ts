import type { Retention } from '../policy.ts'
import { type CalendarRule, calendarRules, calendars, type Moment } from './calendar.ts'
import { periodMs } from './period-ms.ts'

/** Where a backup stands in time, and whether it is good. */
export interface Candidate extends Moment {
  good: boolean
}

/** What a rule says of a backup. */
export interface Opinion {
  wanted: boolean
  reason: string
}

/**
 * Judges the backups of one group, newest first. Only good backups take a place. A rule wants a damaged one where it
 * would want a good one in its place, as long as there is no good one of the same period: it may be all that is left.
 */
export type Rule = (group: readonly Candidate[]) => Opinion[]

/** The rules that are given; a count of 0 gives none. Without any, everything is wanted. */
export function rulesOf(retention: Retention, now: Date): Rule[] {
  const rules: Rule[] = []
  if (retention.last) rules.push(last(retention.last))
  if (retention.within) rules.push(within(retention.within, now))
  for (const name of calendarRules) {
    const count = retention[name]
    if (count) rules.push(newestOfPeriods(name, count))
  }
  return rules.length > 0 ? rules : [everything]
}

const everything: Rule = group =>
  group.map(() => ({ wanted: true, reason: 'no rules: everything is kept' }))

const last =
  (count: number): Rule =>
  group => {
    let newer = 0
    return group.map(({ good }) => {
      const place = newer + 1
      if (good) newer += 1
      return place <= count
        ? { wanted: true, reason: `last ${place} of ${count}` }
        : { wanted: false, reason: `older than last ${count}` }
    })
  }

const within =
  (period: string, now: Date): Rule =>
  group => {
    const oldest = now.getTime() - periodMs(period)
    return group.map(({ utc }) =>
      utc >= oldest
        ? { wanted: true, reason: `within ${period}` }
        : { wanted: false, reason: `older than ${period}` }
    )
  }

const newestOfPeriods =
  (name: CalendarRule, count: number): Rule =>
  group => {
    const { number, label } = calendars[name]
    const periods = group.map(number)
    const withGood = new Set(periods.filter((_, index) => group[index]!.good))
    const seen = new Set<number>()
    let newer = 0
    return group.map(({ good, local }, index) => {
      const period = periods[index]!
      if (!good && withGood.has(period))
        return { wanted: false, reason: `damaged, and ${label(local)} has a good one` }
      if (seen.has(period)) return { wanted: false, reason: `not the newest of ${label(local)}` }
      seen.add(period)
      const place = newer + 1
      if (good) newer += 1
      return place <= count
        ? { wanted: true, reason: `${name} ${place} of ${count} (${label(local)})` }
        : { wanted: false, reason: `older than ${name} ${count}` }
    })
  }
