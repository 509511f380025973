import t from 'tap'
import { dueTime } from '../src/schedule/due-time.ts'
import { type Firing, firing, type ScheduleState } from '../src/schedule/firing.ts'

const at = (time: string) => new Date(time)
const hourly = { name: 'hourly', cron: '0 * * * *', jitterSeconds: 0 }
const daily = { name: 'daily', cron: '0 2 * * *', jitterSeconds: 0 }
const utc = { timeZone: 'UTC', catchUp: 'once' as const, maintenance: [] }
const skipping = { ...utc, catchUp: 'skip' as const }
const night = [{ cron: '30 1 * * *', minutes: 180, reason: 'storage upgrade' }]

const state = (firedFor: string | null, since = '2026-01-01T00:00Z'): ScheduleState => ({
  firedFor: firedFor === null ? null : at(firedFor),
  since: at(since)
})
const wait = (until: string): Firing => ({ action: 'wait', until: at(until) })
const start = (occurrence: string, missed = 0): Firing => ({
  action: 'start',
  occurrence: at(occurrence),
  missed
})
const skip = (occurrence: string, missed: number, reason: 'late' | 'clock'): Firing => ({
  action: 'skip',
  occurrence: at(occurrence),
  missed,
  reason
})
const ask = (
  schedule: typeof hourly,
  policy: Parameters<typeof firing>[1],
  state: ScheduleState,
  now: string
) => firing(schedule, policy, state, at(now), 'id')

t.test('waits for the occurrence, starts it, waits for the next', async t => {
  const before = state('2026-05-05T01:00Z')
  t.same(ask(hourly, utc, before, '2026-05-05T01:59:59.999Z'), wait('2026-05-05T02:00Z'))
  t.same(ask(hourly, utc, before, '2026-05-05T02:00Z'), start('2026-05-05T02:00Z'))
  t.same(
    ask(hourly, utc, state('2026-05-05T02:00Z'), '2026-05-05T02:00Z'),
    wait('2026-05-05T03:00Z')
  )
})

t.test('nothing is missed before a schedule was made, changed or resumed', async t => {
  const fresh = state(null, '2026-05-05T02:30Z')
  t.same(ask(hourly, utc, fresh, '2026-05-05T02:40Z'), wait('2026-05-05T03:00Z'))
  t.same(ask(hourly, utc, fresh, '2026-05-05T03:00Z'), start('2026-05-05T03:00Z'))
  const resumed = state('2026-02-01T00:00Z', '2026-05-05T02:30Z')
  t.same(ask(hourly, utc, resumed, '2026-05-05T02:40Z'), wait('2026-05-05T03:00Z'))
  t.same(ask(hourly, utc, resumed, '2026-05-05T04:05Z'), start('2026-05-05T04:00Z', 1))
})

t.test('once: one start stands for all that were missed', async t => {
  const before = state('2026-05-05T01:00Z')
  t.same(ask(hourly, utc, before, '2026-05-05T05:59Z'), start('2026-05-05T05:00Z', 3))
  t.same(
    ask(hourly, utc, state('2026-05-05T05:00Z'), '2026-05-05T05:59Z'),
    wait('2026-05-05T06:00Z')
  )
})

t.test('once: a year of minutes is one start', async t => {
  const minutely = { ...hourly, cron: '* * * * *' }
  t.same(
    ask(minutely, utc, state('2026-01-01T00:00Z'), '2027-01-01T00:00:30Z'),
    start('2027-01-01T00:00Z', 9_999)
  )
})

t.test('skip: what is noticed more than ten minutes late is left out', async t => {
  const before = state('2026-05-05T01:00Z')
  t.same(ask(hourly, skipping, before, '2026-05-05T02:10Z'), start('2026-05-05T02:00Z'))
  t.same(
    ask(hourly, skipping, before, '2026-05-05T02:10:00.001Z'),
    skip('2026-05-05T02:00Z', 0, 'late')
  )
  t.same(ask(hourly, skipping, before, '2026-05-05T05:30Z'), skip('2026-05-05T05:00Z', 3, 'late'))
  t.same(
    ask(hourly, skipping, before, '2026-05-05T05:01Z'),
    start('2026-05-05T05:00Z', 3),
    'a fresh one stands for the late'
  )
})

t.test('nothing starts in a maintenance window; what was due starts once at its end', async t => {
  for (const catchUp of ['once', 'skip'] as const) {
    const policy = { ...utc, catchUp, maintenance: night }
    const before = state('2026-05-05T01:00Z')
    t.same(ask(hourly, policy, before, '2026-05-05T01:20Z'), wait('2026-05-05T04:30Z'), catchUp)
    t.same(ask(hourly, policy, before, '2026-05-05T02:00Z'), wait('2026-05-05T04:30Z'), catchUp)
    t.same(ask(hourly, policy, before, '2026-05-05T04:29:59Z'), wait('2026-05-05T04:30Z'), catchUp)
    t.same(
      ask(hourly, policy, before, '2026-05-05T04:30Z'),
      start('2026-05-05T04:00Z', 2),
      `${catchUp}: late because of the window only`
    )
    t.same(
      ask(daily, policy, state('2026-05-04T02:00Z'), '2026-05-05T04:39Z'),
      start('2026-05-05T02:00Z'),
      catchUp
    )
    t.same(
      ask(hourly, policy, state('2026-05-05T04:00Z'), '2026-05-05T04:40Z'),
      wait('2026-05-05T05:00Z'),
      catchUp
    )
  }
})

t.test('a window is not downtime, and downtime around it is', async t => {
  const policy = { ...skipping, maintenance: night }
  const before = state('2026-05-04T02:00Z')
  t.same(
    ask(daily, policy, before, '2026-05-05T04:41Z'),
    skip('2026-05-05T02:00Z', 0, 'late'),
    'ten minutes after the window'
  )
  const early = { ...daily, cron: '25 1 * * *' }
  t.same(
    ask(early, policy, state('2026-05-04T01:25Z'), '2026-05-05T04:35Z'),
    start('2026-05-05T01:25Z'),
    'five minutes before the window and five after'
  )
  t.same(
    ask(early, policy, state('2026-05-04T01:25Z'), '2026-05-05T04:36Z'),
    skip('2026-05-05T01:25Z', 0, 'late')
  )
  const two = [...night, { cron: '32 4 * * *', minutes: 60, reason: '' }]
  t.same(
    ask(early, { ...skipping, maintenance: two }, state('2026-05-04T01:25Z'), '2026-05-05T05:34Z'),
    start('2026-05-05T01:25Z'),
    'five, two and two minutes'
  )
})

t.test('jitter moves a start by the same time, within its limits', async t => {
  const jittered = { cron: '0 2 * * *', jitterSeconds: 600 }
  const two = at('2026-05-05T02:00Z')
  const seconds = (seed: string, occurrence = two) =>
    (dueTime(jittered, 'UTC', occurrence, seed).getTime() - occurrence.getTime()) / 1_000
  const bySeed = Array.from({ length: 2_000 }, (_, i) => seconds(`schedule ${i}`))
  t.ok(bySeed.every(each => Number.isInteger(each) && each >= 0 && each <= 600))
  t.ok(new Set(bySeed).size > 550, 'spread over all of it')
  t.ok(bySeed.includes(0) && bySeed.includes(600), 'from end to end')
  t.equal(seconds('a'), 199, 'FNV-1a: the same with every version, on every machine')
  t.not(seconds('a', at('2026-05-06T02:00Z')), seconds('a'), 'another one each day')
  t.equal(dueTime({ ...jittered, jitterSeconds: 0 }, 'UTC', two, 'a'), two)
})

t.test('jitter ends a minute before the next occurrence', async t => {
  const wide = { cron: '*/15 * * * *', jitterSeconds: 3_600 }
  const two = at('2026-05-05T02:00Z')
  const delays = Array.from(
    { length: 5_000 },
    (_, i) => dueTime(wide, 'UTC', two, `${i}`).getTime() - two.getTime()
  )
  t.equal(Math.max(...delays), 14 * 60_000)
  t.same(dueTime({ ...wide, cron: '* * * * *' }, 'UTC', two, 'a'), two, 'every minute: none')
})

t.test('an occurrence starts when its jitter is over; what came before need not wait', async t => {
  const jittered = { ...hourly, jitterSeconds: 1_800 }
  const due = dueTime(jittered, 'UTC', at('2026-05-05T02:00Z'), 'id').toISOString()
  const early = new Date(at(due).getTime() - 1).toISOString()
  t.ok(due > '2026-05-05T02:01Z', due)
  const before = state('2026-05-05T01:00Z')
  t.same(ask(jittered, utc, before, '2026-05-05T01:30Z'), wait(due))
  t.same(ask(jittered, utc, before, early), wait(due))
  t.same(ask(jittered, utc, before, due), start('2026-05-05T02:00Z'))
  t.same(ask(jittered, utc, state('2026-05-04T23:00Z'), early), start('2026-05-05T01:00Z', 1))
  t.same(
    ask(jittered, skipping, state('2026-05-04T23:00Z'), early),
    skip('2026-05-05T01:00Z', 1, 'late')
  )
  const lateBy = (ms: number) => new Date(at(due).getTime() + ms).toISOString()
  t.match(
    ask(jittered, skipping, before, lateBy(600_000)),
    { action: 'start' },
    'from the due time'
  )
  t.match(ask(jittered, skipping, before, lateBy(600_001)), { action: 'skip' })
})

t.test('what is due in a window because of its jitter waits for the end', async t => {
  const jittered = { ...daily, jitterSeconds: 1_800 }
  const maintenance = [{ cron: '1 2 * * *', minutes: 60, reason: '' }]
  const policy = { ...skipping, maintenance }
  const before = state('2026-05-04T02:00Z')
  t.ok(dueTime(jittered, 'UTC', at('2026-05-05T02:00Z'), 'id') > at('2026-05-05T02:01Z'))
  t.same(ask(jittered, policy, before, '2026-05-05T02:00Z'), wait('2026-05-05T03:01Z'))
  t.same(ask(jittered, policy, before, '2026-05-05T03:01Z'), start('2026-05-05T02:00Z'))
})

t.test('a clock that jumps forwards is downtime', async t => {
  const before = state('2026-05-05T01:00Z')
  t.same(ask(hourly, utc, before, '2026-05-07T01:30Z'), start('2026-05-07T01:00Z', 47))
  t.same(ask(hourly, skipping, before, '2026-05-07T01:30Z'), skip('2026-05-07T01:00Z', 47, 'late'))
})

t.test('a clock that is set back does not fire again what it has fired', async t => {
  const fired = state('2026-05-05T05:00Z')
  t.same(ask(hourly, utc, fired, '2026-05-05T02:30Z'), wait('2026-05-05T06:00Z'))
  t.same(ask(hourly, utc, fired, '2026-05-04T05:00Z'), wait('2026-05-05T06:00Z'), 'by a day')
  t.same(ask(hourly, utc, fired, '2026-05-05T06:00Z'), start('2026-05-05T06:00Z'))
})

t.test('a clock that was years ahead does not silence a schedule', async t => {
  for (const wrong of [
    state('2031-01-01T00:00Z'),
    state('2031-01-01T00:00Z', '2031-01-01T00:00Z'),
    state(null, '2031-01-01T00:00Z'),
    state('2026-05-06T02:30:00.001Z')
  ]) {
    const noted = ask(hourly, utc, wrong, '2026-05-05T02:30Z')
    t.same(noted, skip('2026-05-05T02:00Z', 0, 'clock'), 'nothing starts for what was fired then')
    const right = { ...wrong, firedFor: at('2026-05-05T02:00Z') }
    t.same(ask(hourly, utc, right, '2026-05-05T02:30Z'), wait('2026-05-05T03:00Z'))
    t.same(ask(hourly, utc, right, '2026-05-05T03:00Z'), start('2026-05-05T03:00Z'))
  }
})

t.test('DST: 02:30 that does not exist starts once, and 02:30 that comes twice', async t => {
  const nightly = { ...daily, cron: '30 2 * * *' }
  const berlin = { ...utc, timeZone: 'Europe/Berlin' }
  t.same(
    ask(nightly, berlin, state('2026-03-28T01:30Z'), '2026-03-29T01:29Z'),
    wait('2026-03-29T01:30Z')
  )
  t.same(
    ask(nightly, berlin, state('2026-03-28T01:30Z'), '2026-03-29T01:30Z'),
    start('2026-03-29T01:30Z')
  )
  t.same(
    ask(nightly, berlin, state('2026-10-24T00:30Z'), '2026-10-25T00:30Z'),
    start('2026-10-25T00:30Z')
  )
  t.same(
    ask(nightly, berlin, state('2026-10-25T00:30Z'), '2026-10-25T01:30Z'),
    wait('2026-10-26T01:30Z')
  )
})
