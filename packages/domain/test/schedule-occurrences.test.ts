import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { cronProblem } from '../src/schedule/cron-problem.ts'
import {
  nextOccurrence,
  occurrencesBetween,
  previousOccurrence
} from '../src/schedule/occurrences.ts'

// The zone of the machine must not matter; this one is far from all that are tested and 45 minutes off.
process.env.TZ = 'Asia/Kathmandu'

const MINUTE = 60_000
const DAY = 86_400_000
const at = (time: string) => new Date(time)

/** The first occurrences after a time, as ISO text without seconds. */
function following(cron: string, timeZone: string, after: string, count: number) {
  const found: string[] = []
  let from = at(after)
  while (found.length < count) {
    from = nextOccurrence(cron, timeZone, from)!
    found.push(from.toISOString().replace(':00.000Z', 'Z'))
  }
  return found
}

t.test('a valid cron and zone have no problem', async t => {
  for (const cron of ['0 2 * * 0', '*/15 * * * *', '0 3 29 2 *', '0 1 L * *', '0 4 * * MON#1'])
    for (const zone of ['UTC', 'America/Sao_Paulo', 'Etc/GMT+3'])
      t.equal(cronProblem(cron, zone), undefined, `${cron} in ${zone}`)
})

t.test('what cannot be a schedule is refused with a reason', async t => {
  const refused: [string, RegExp][] = [
    ['* * * *', /five fields/],
    ['0 0 2 * * *', /five fields/],
    ['0 0 2 * * * 2027', /five fields/],
    ['@annually', /five fields/],
    ['2027-01-01T00:00:00', /five fields/],
    ['', /five fields/],
    ['61 * * * *', /not valid: Invalid value for minute: 61/],
    ['0 24 * * *', /not valid/],
    ['*/0 * * * *', /not valid/],
    ['a b c d e', /not valid/],
    ['0 2 30 2 *', /never occurs/],
    ['0 2 31 4,6,9,11 *', /never occurs/]
  ]
  for (const [cron, message] of refused) t.match(cronProblem(cron, 'UTC'), message, cron)
  for (const zone of ['', 'Nowhere/Town', '+03:00', '-0300', 'UTC+3'])
    t.match(cronProblem('0 2 * * *', zone), /Time zone .* is not known/, zone)
})

t.test('next is strictly after, the newest is at or before', async t => {
  const two = at('2026-05-05T02:00:00Z')
  t.same(nextOccurrence('0 2 * * *', 'UTC', new Date(two.getTime() - 1)), two)
  t.same(nextOccurrence('0 2 * * *', 'UTC', two), at('2026-05-06T02:00:00Z'))
  t.same(previousOccurrence('0 2 * * *', 'UTC', two), two)
  t.same(
    previousOccurrence('0 2 * * *', 'UTC', new Date(two.getTime() - 1)),
    at('2026-05-04T02:00Z')
  )
})

t.test('local time is that of the zone', async t => {
  t.same(following('0 2 * * 0', 'America/Sao_Paulo', '2026-05-05T00:00Z', 1), ['2026-05-10T05:00Z'])
  t.same(following('0 2 * * *', 'Asia/Kolkata', '2026-05-05T00:00Z', 1), ['2026-05-05T20:30Z'])
  t.same(following('0 0 29 2 *', 'UTC', '2026-05-05T00:00Z', 2), [
    '2028-02-29T00:00Z',
    '2032-02-29T00:00Z'
  ])
})

t.test('a time that does not exist happens once, later by the change', async t => {
  t.same(
    following('30 2 * * *', 'America/New_York', '2026-03-07T00:00Z', 3),
    ['2026-03-07T07:30Z', '2026-03-08T07:30Z', '2026-03-09T06:30Z'],
    '03:30 on the 8th'
  )
  t.same(following('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2), [
    '2026-03-29T01:30Z',
    '2026-03-30T00:30Z'
  ])
  t.same(
    following('0 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00Z', 2),
    ['2018-11-04T03:00Z', '2018-11-05T02:00Z'],
    'a day that begins at 01:00'
  )
  t.same(
    following('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2),
    ['2026-10-03T15:45Z', '2026-10-04T15:15Z'],
    'half an hour: 02:45'
  )
  t.same(
    following('0 12 * * *', 'Pacific/Apia', '2011-12-28T23:00Z', 3),
    ['2011-12-29T22:00Z', '2011-12-30T22:00Z', '2011-12-31T22:00Z'],
    'a whole day that does not exist is one with the next'
  )
  t.same(
    following('0,30 2,3 * * *', 'America/New_York', '2026-03-08T00:00Z', 3),
    ['2026-03-08T07:00Z', '2026-03-08T07:30Z', '2026-03-09T06:00Z'],
    'what is moved to an occurrence is one with it'
  )
})

t.test('a time that comes twice happens the first time', async t => {
  t.same(following('30 1 * * *', 'America/New_York', '2026-10-31T12:00Z', 2), [
    '2026-11-01T05:30Z',
    '2026-11-02T06:30Z'
  ])
  t.same(following('30 2,14 * * *', 'Europe/Berlin', '2026-10-24T22:00Z', 3), [
    '2026-10-25T00:30Z',
    '2026-10-25T13:30Z',
    '2026-10-26T01:30Z'
  ])
  t.same(
    following('30 23 * * *', 'America/Sao_Paulo', '2019-02-16T12:00Z', 2),
    ['2019-02-17T01:30Z', '2019-02-18T02:30Z'],
    'the last hour of a day'
  )
  t.same(
    following('*/15 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00Z', 5).map(time =>
      time.slice(5)
    ),
    ['04-04T14:00Z', '04-04T14:15Z', '04-04T14:30Z', '04-04T14:45Z', '04-05T14:30Z']
  )
})

t.test('hourly and every 15 minutes stay so in real time, over every change', async t => {
  const changes: Record<string, string[]> = {
    'America/New_York': ['2026-03-08T07:00Z', '2026-11-01T06:00Z'],
    'Europe/Berlin': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
    'America/Sao_Paulo': ['2018-11-04T03:00Z', '2019-02-17T02:00Z'],
    'Australia/Lord_Howe': ['2026-04-04T15:00Z', '2026-10-03T15:30Z'],
    UTC: ['2026-03-29T01:00Z']
  }
  for (const [zone, times] of Object.entries(changes)) {
    for (const change of times) {
      const from = new Date(at(change).getTime() - DAY)
      const to = new Date(at(change).getTime() + DAY)
      t.equal(occurrencesBetween('*/15 * * * *', zone, from, to).count, 192, `${zone} ${change}`)
      if (zone === 'Australia/Lord_Howe') continue
      t.equal(occurrencesBetween('30 * * * *', zone, from, to).count, 48, `${zone} ${change}`)
      t.equal(occurrencesBetween('0 0-23 * * *', zone, from, to).count, 48, `${zone} ${change}`)
    }
  }
  t.same(
    following('15 * * * *', 'Australia/Lord_Howe', '2026-10-03T14:00Z', 4),
    ['2026-10-03T14:45Z', '2026-10-03T15:45Z', '2026-10-03T16:15Z', '2026-10-03T17:15Z'],
    'where the change is half an hour, no hour is without one'
  )
})

t.test('counts what lies between, without the beginning and with the end', async t => {
  const count = (since: string, until: string) =>
    occurrencesBetween('0 * * * *', 'UTC', at(since), at(until))
  t.same(count('2026-05-05T02:00Z', '2026-05-05T05:00Z'), {
    latest: at('2026-05-05T05:00Z'),
    count: 3
  })
  t.same(count('2026-05-05T02:00Z', '2026-05-05T02:59Z'), { latest: undefined, count: 0 })
  t.same(count('2026-05-05T05:00Z', '2026-05-05T02:00Z'), { latest: undefined, count: 0 })
})

t.test('counting ends at 10,000, the newest is right all the same', async t => {
  t.same(occurrencesBetween('* * * * *', 'Europe/Berlin', at('2025-01-01'), at('2026-01-01')), {
    latest: at('2026-01-01'),
    count: 10_000
  })
})

const minutes = fc
  .subarray([0, 7, 15, 30, 45, 59], { minLength: 1 })
  .map(list => ({ text: list.join(), has: (minute: number) => list.includes(minute) }))
const hours = fc.oneof(
  fc.constant({ text: '*', has: (_: number) => true }),
  fc.constant({ text: '*/2', has: (hour: number) => hour % 2 === 0 }),
  fc
    .subarray([0, 1, 2, 3, 12, 22, 23], { minLength: 1 })
    .map(list => ({ text: list.join(), has: (hour: number) => list.includes(hour) }))
)
const weekdays = fc.constantFrom(
  { text: '*', has: (_: number) => true },
  { text: '0', has: (day: number) => day === 0 },
  { text: '6', has: (day: number) => day === 6 }
)
const around = fc.constantFrom(
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2019-02-17T02:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['UTC', '2026-03-29T01:00Z']
)

/** What clocks show at an instant, as the UTC milliseconds of the same figures; not by the way of the code under test. */
function shownAt(format: Intl.DateTimeFormat, instant: number): number {
  const part = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)])
  )
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!)
}

t.test('is what looking at the clock every minute gives', async () => {
  fc.assert(
    fc.property(minutes, hours, weekdays, around, (minute, hour, weekday, [zone, change]) => {
      const format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone!,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric'
      })
      const from = at(change!).getTime() - 2 * DAY
      const to = at(change!).getTime() + 2 * DAY
      const cron = `${minute.text} ${hour.text} * * ${weekday.text}`
      const matches = (wall: number) => {
        const time = new Date(wall)
        return (
          minute.has(time.getUTCMinutes()) &&
          hour.has(time.getUTCHours()) &&
          weekday.has(time.getUTCDay())
        )
      }
      const expected = new Set<number>()
      const seen = new Set<number>()
      let last = shownAt(format, from)
      for (let instant = from + MINUTE; instant <= to; instant += MINUTE) {
        const wall = shownAt(format, instant)
        for (let skipped = last + MINUTE; skipped < wall; skipped += MINUTE)
          if (matches(skipped)) expected.add(instant + (skipped - last - MINUTE))
        const hourly = matches(wall - 60 * MINUTE) || matches(wall + 60 * MINUTE)
        if (matches(wall) && (hourly || !seen.has(wall))) expected.add(instant)
        seen.add(wall)
        last = wall
      }
      const wanted = [...expected].sort((a, b) => a - b)

      const forwards: number[] = []
      let next = nextOccurrence(cron, zone!, new Date(from))
      while (next && next.getTime() <= to) {
        forwards.push(next.getTime())
        next = nextOccurrence(cron, zone!, next)
      }
      const backwards: number[] = []
      let previous = previousOccurrence(cron, zone!, new Date(to))
      while (previous && previous.getTime() > from) {
        backwards.unshift(previous.getTime())
        previous = previousOccurrence(cron, zone!, new Date(previous.getTime() - 1))
      }
      assert.deepEqual(forwards, wanted, cron)
      assert.deepEqual(backwards, wanted, `${cron}, backwards`)
      assert.deepEqual(occurrencesBetween(cron, zone!, new Date(from), new Date(to)), {
        latest: wanted.length > 0 ? new Date(wanted.at(-1)!) : undefined,
        count: wanted.length
      })
    }),
    { numRuns: 100 }
  )
})
