import assert from 'node:assert/strict'
import { Cron } from 'croner'
import fc from 'fast-check'
import t from 'tap'
import type { Retention } from '../src/policy.ts'
import { calendarRules, calendars, clockOf, endOfPeriod } from '../src/retention/calendar.ts'
import { decideRetention } from '../src/retention/decide-retention.ts'
import { keptUntil } from '../src/retention/kept-until.ts'
import { backup, DAY, HOUR, zones } from './retention-support.ts'

const rules = (change: Partial<Retention>): Retention => ({ minimumRedundancy: 1, ...change })

/** Counts how often it is asked. */
function schedule(cron: string, timeZone = 'UTC') {
  const job = new Cron(cron, { timezone: timeZone })
  const counted = {
    timeZone,
    asked: 0,
    next: (after: Date) => {
      counted.asked += 1
      return job.nextRun(after) ?? undefined
    }
  }
  return counted
}

/** A schedule that ends. */
const listed = (times: Date[], timeZone = 'UTC') => ({
  timeZone,
  next: (after: Date) => times.find(time => time > after)
})

const until = (at: string, change: Partial<Retention>, context = schedule('0 2 * * *')) =>
  keptUntil(new Date(at), rules(change), context)?.toISOString() ?? null

t.test('the last N: until the N-th after it', async t => {
  t.equal(until('2026-11-20T02:00:00Z', { last: 1 }), '2026-11-21T02:00:00.000Z')
  t.equal(until('2026-11-20T02:00:00Z', { last: 5 }), '2026-11-25T02:00:00.000Z')
  t.equal(until('2026-11-20T02:00:07Z', { last: 5 }), '2026-11-25T02:00:00.000Z')
  t.equal(until('2026-11-20T01:59:59Z', { last: 5 }), '2026-11-24T02:00:00.000Z')
})

t.test('minimum redundancy counts like the last N, whichever is more', async t => {
  const redundant = { minimumRedundancy: 4 }
  t.equal(until('2026-11-20T02:00:00Z', { last: 1, ...redundant }), '2026-11-24T02:00:00.000Z')
  t.equal(until('2026-11-20T02:00:00Z', { last: 9, ...redundant }), '2026-11-29T02:00:00.000Z')
  t.equal(until('2026-11-20T02:00:00Z', { within: '1h', ...redundant }), '2026-11-24T02:00:00.000Z')
  t.equal(until('2026-11-20T02:00:00Z', { within: '1h' }), '2026-11-21T02:00:00.000Z')
})

t.test('within: for as long, whatever comes after', async t => {
  t.equal(until('2026-11-20T02:00:00Z', { within: '30d' }), '2026-12-20T02:00:00.000Z')
})

t.test('periods: to the next of the same, or to the N-th later one that has one', async t => {
  const hourly = () => schedule('0 * * * *')
  t.equal(until('2026-11-20T22:00:00Z', { daily: 7 }, hourly()), '2026-11-20T23:00:00.000Z')
  t.equal(until('2026-11-20T23:00:00Z', { daily: 7 }, hourly()), '2026-11-27T00:00:00.000Z')
  t.equal(until('2026-11-20T23:00:00Z', { hourly: 24 }, hourly()), '2026-11-21T23:00:00.000Z')
  t.equal(until('2026-11-22T02:00:00Z', { weekly: 4 }), '2026-12-14T02:00:00.000Z')
  t.equal(until('2026-11-21T02:00:00Z', { weekly: 4 }), '2026-11-22T02:00:00.000Z')
  t.equal(until('2026-11-30T02:00:00Z', { monthly: 12 }), '2027-11-01T02:00:00.000Z')
  t.equal(until('2026-12-31T02:00:00Z', { yearly: 7 }), '2033-01-01T02:00:00.000Z')
})

t.test('periods without a scheduled backup do not count', async t => {
  const sundays = () => schedule('0 2 * * 0')
  t.equal(until('2026-11-22T02:00:00Z', { daily: 3 }, sundays()), '2026-12-13T02:00:00.000Z')
  t.equal(until('2026-11-22T02:00:00Z', { hourly: 1 }, sundays()), '2026-11-29T02:00:00.000Z')
  const leapDays = schedule('0 2 29 2 *')
  t.equal(until('2024-02-29T02:00:00Z', { yearly: 2 }, leapDays), '2032-02-29T02:00:00.000Z')
})

t.test('the longest rule counts', async t => {
  const all = { last: 3, within: '10d', daily: 7, weekly: 4, monthly: 3 }
  t.equal(until('2026-11-20T02:00:00Z', all), '2026-11-30T02:00:00.000Z', 'within')
  t.equal(until('2026-11-22T02:00:00Z', all), '2026-12-14T02:00:00.000Z', 'weekly')
  t.equal(until('2026-11-30T02:00:00Z', all), '2027-02-01T02:00:00.000Z', 'monthly')
})

t.test('days end when they end in the time zone', async t => {
  const saoPaulo = () => schedule('0 0,23 * * *', 'America/Sao_Paulo')
  t.equal(until('2026-11-21T02:00:00Z', { daily: 2 }, saoPaulo()), '2026-11-22T03:00:00.000Z')
  t.equal(until('2026-11-20T03:00:00Z', { daily: 2 }, saoPaulo()), '2026-11-21T02:00:00.000Z')
})

t.test('what is not limited in time has no end', async t => {
  t.equal(until('2026-11-20T02:00:00Z', {}), null, 'no rules')
  t.equal(until('2026-11-20T02:00:00Z', { last: 0, daily: 0 }), null, 'no rules')
  const ends = listed(['2026-11-21', '2026-11-22', '2026-11-23'].map(day => new Date(day)))
  for (const rule of ['last', 'daily'] as const) {
    t.equal(until('2026-11-20', { [rule]: 3 }, { asked: 0, ...ends }), '2026-11-23T00:00:00.000Z')
    t.equal(until('2026-11-20', { [rule]: 4 }, { asked: 0, ...ends }), null)
  }
  t.equal(until('2026-11-23', { within: '1d' }, { asked: 0, ...ends }), null, 'stays the newest')
})

t.test('years of an hourly schedule are not walked through', async t => {
  const hourly = schedule('0 * * * *')
  t.equal(until('2026-12-31T23:00:00Z', { yearly: 7 }, hourly), '2033-01-01T00:00:00.000Z')
  t.ok(hourly.asked < 20, `asked ${hourly.asked} times`)
})

t.test('a period ends where the next begins, in every zone and year', async t => {
  const moment = fc.date({
    min: new Date('1972-01-01'),
    max: new Date('2040-01-01'),
    noInvalidDate: true
  })
  const check = (at: Date, rule: keyof typeof calendars, timeZone: string) => {
    const clock = clockOf(timeZone)
    const number = (time: number) => calendars[rule].number(clock(new Date(time)))
    const end = endOfPeriod(at, calendars[rule], clock).getTime()
    assert.ok(end > at.getTime())
    assert.equal(number(end - 1), number(at.getTime()))
    assert.notEqual(number(end), number(at.getTime()))
  }
  const changes = ['2026-10-25T00:59:59.999Z', '2026-11-01T04:00:00Z', '2026-03-08T04:59:00Z']
  for (const at of changes)
    for (const rule of calendarRules)
      for (const zone of zones) t.doesNotThrow(() => check(new Date(at), rule, zone))
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(moment, fc.constantFrom(...calendarRules), fc.constantFrom(...zones), check),
      { numRuns: 1000 }
    )
  )
})

const few = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined })
const someRules = fc
  .record({
    last: few,
    within: fc.option(fc.constantFrom('5h', '3d', '2w'), { nil: undefined }),
    hourly: few,
    daily: few,
    weekly: few,
    monthly: few,
    minimumRedundancy: fc.integer({ min: 1, max: 3 })
  })
  .map(given => JSON.parse(JSON.stringify(given)) as Retention)
  .filter(given => Object.keys(given).length > 1)

/** The backup and all that are scheduled after it are made: it is there until `until`, and gone right after. */
function checkAgainstRules(
  at: Date,
  rules: Retention,
  context: { timeZone: string; next: (after: Date) => Date | undefined },
  fractions: number[]
) {
  const end = keptUntil(at, rules, context)
  const made = [backup(at, { id: 'it' })]
  for (let time = context.next(at); time && (!end || time <= end); time = context.next(time))
    made.push(backup(time))
  const actionAt = (now: Date) =>
    decideRetention(
      made.filter(each => each.at <= now),
      rules,
      { timeZone: context.timeZone, now }
    ).find(({ id }) => id === 'it')!.action
  if (!end) return assert.notEqual(actionAt(new Date(at.getTime() + 5000 * DAY)), 'remove')
  const length = end.getTime() - at.getTime()
  for (const fraction of [0, ...fractions])
    assert.notEqual(actionAt(new Date(at.getTime() + fraction * (length - 1))), 'remove')
  assert.notEqual(actionAt(new Date(end.getTime() - 1)), 'remove')
  assert.equal(actionAt(new Date(end.getTime() + 1)), 'remove')
}

const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })
const start = fc.date({
  min: new Date('2025-01-01'),
  max: new Date('2027-01-01'),
  noInvalidDate: true
})

t.test('the rules keep a backup until then and no longer, on every schedule', async t => {
  const crons = ['0 2 * * *', '30 */6 * * *', '15 0,23 * * *', '0 2 * * 0', '0 3 1,15 * *']
  const property = fc.property(
    fc.constantFrom(...crons),
    fc.constantFrom(...zones),
    start,
    someRules,
    fractions,
    fc.boolean(),
    (cron, timeZone, time, rules, fractions, punctual) => {
      const context = schedule(cron, timeZone)
      const at = punctual ? context.next(time)! : time
      checkAgainstRules(at, rules, context, fractions)
    }
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 300 }))
})

t.test('… and where backups come at any time, until no more come', async t => {
  const gap = fc.oneof(
    fc.integer({ min: 1, max: 5 * HOUR }),
    fc.integer({ min: HOUR, max: 3 * DAY }),
    fc.integer({ min: DAY, max: 50 * DAY })
  )
  const property = fc.property(
    fc.array(gap, { maxLength: 60 }),
    fc.constantFrom(...zones),
    start,
    someRules,
    fractions,
    (gaps, timeZone, at, rules, fractions) => {
      const times: Date[] = []
      for (const gap of gaps) times.push(new Date((times.at(-1) ?? at).getTime() + gap))
      checkAgainstRules(at, rules, listed(times, timeZone), fractions)
    }
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})
