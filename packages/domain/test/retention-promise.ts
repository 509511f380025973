/**
 * What a policy promises, worked out in another way than the rules do it: periods are texts of the local calendar, the
 * newest backup of each is put on a list, and the list is cut. Slow and simple; the tests hold the rules against it.
 */
import type { Retention } from '../src/policy.ts'
import type { RetentionBackup } from '../src/retention/backup.ts'
import type { Context } from './retention-support.ts'

type PeriodOf = (backup: RetentionBackup) => string

/** The backups that must be there after a retention run, of those given. */
export function promised(
  backups: RetentionBackup[],
  rules: Retention,
  { timeZone, now }: Context
): RetentionBackup[] {
  const stay = new Set<RetentionBackup>()
  for (const backup of backups) if (backup.at > now) stay.add(backup)
  for (const group of groupsOf(backups.filter(({ at }) => at <= now))) {
    for (const backup of wantedOf(group, rules, { timeZone, now })) stay.add(backup)
    for (const backup of redundant(group, rules.minimumRedundancy)) stay.add(backup)
  }
  for (const backup of backups) if (isProtected(backup, now)) stay.add(backup)
  for (let size = -1; size !== stay.size; ) {
    size = stay.size
    const parents = new Set([...stay].map(({ parent }) => parent))
    for (const backup of backups) if (parents.has(backup.id)) stay.add(backup)
  }
  return [...stay]
}

export function groupsOf(backups: RetentionBackup[]): RetentionBackup[][] {
  return [...Map.groupBy(backups, ({ repositoryId, kind }) => `${repositoryId}/${kind}`).values()]
}

export const goodOf = (backups: RetentionBackup[]) =>
  backups.filter(({ state }) => state === 'available')

export const isProtected = (backup: RetentionBackup, now: Date) =>
  backup.inUse ||
  [backup.lockedUntil, backup.keepUntil].some(until => until !== null && until > now) ||
  (backup.hold !== null && (backup.hold.until ?? Infinity) > now)

export const byAge = (backups: RetentionBackup[]) =>
  backups.toSorted((a, b) => +b.at - +a.at || (a.id > b.id ? -1 : 1))

function redundant(group: RetentionBackup[], minimum: number) {
  const good = byAge(goodOf(group))
  return good.length > 0 ? good.slice(0, minimum) : byAge(group).slice(0, 1)
}

/** What the rules alone want of one group. */
export function wantedOf(group: RetentionBackup[], rules: Retention, context: Context) {
  const wanted = new Set<RetentionBackup>()
  const { last, within, minimumRedundancy: _, ...counts } = rules
  const given = Object.entries(counts).filter(([, count]) => count)
  if (!last && !within && given.length === 0) return new Set(group)

  const good = goodOf(group)
  const damaged = group.filter(backup => !good.includes(backup))
  for (const backup of byAge(good).slice(0, last ?? 0)) wanted.add(backup)
  for (const backup of damaged)
    if (byAge([...good, backup]).indexOf(backup) < (last ?? 0)) wanted.add(backup)
  if (within)
    for (const backup of group)
      if (+context.now - +backup.at <= lengthOf(within)) wanted.add(backup)
  for (const [rule, count] of given) {
    const periodOf = periodsOf(rule, context.timeZone)
    for (const backup of newestOfEach(good, periodOf).slice(0, count)) wanted.add(backup)
    for (const backup of newestOfEach(damaged, periodOf)) {
      if (good.some(other => periodOf(other) === periodOf(backup))) continue
      const asIfGood = newestOfEach([...good, backup], periodOf)
      if (asIfGood.indexOf(backup) < count) wanted.add(backup)
    }
  }
  return wanted
}

function newestOfEach(backups: RetentionBackup[], periodOf: PeriodOf) {
  return byAge([...Map.groupBy(backups, periodOf).values()].map(list => byAge(list)[0]!))
}

const hours: Record<string, number> = { h: 1, d: 24, w: 7 * 24, y: 366 * 24 }
const lengthOf = (period: string) =>
  Number(period.slice(0, -1)) * hours[period.slice(-1)]! * 60 * 60 * 1000

const periods = new Map<string, PeriodOf>()

/** Remembered per moment: the simulations ask for the same ones every day. */
function periodsOf(rule: string, timeZone: string): PeriodOf {
  const key = `${rule} ${timeZone}`
  const known = periods.get(key)
  if (known) return known
  const texts = new Map<number, string>()
  const describe = describer(rule, timeZone)
  const periodOf: PeriodOf = ({ at }) => {
    if (!texts.has(+at)) texts.set(+at, describe(at))
    return texts.get(+at)!
  }
  periods.set(key, periodOf)
  return periodOf
}

function describer(rule: string, timeZone: string): (at: Date) => string {
  // A Swede writes 2026-11-18 14:05:09.
  const swedish = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium'
  })
  const offset = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' })
  const length: Record<string, number> = { daily: 10, monthly: 7, yearly: 4 }
  return at => {
    const text = swedish.format(at)
    if (rule === 'hourly') return `${text.slice(0, 13)} ${offset.format(at).split(' ')[1]}`
    if (rule === 'weekly') return mondayOf(text.slice(0, 10))
    return text.slice(0, length[rule])
  }
}

function mondayOf(day: string): string {
  const date = new Date(`${day}T12:00:00Z`)
  while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1)
  return date.toISOString().slice(0, 10)
}
