import fc from 'fast-check'
import t from 'tap'
import { dueTime } from '../src/schedule/due-time.ts'
import { firing, LATE_MINUTES } from '../src/schedule/firing.ts'
import { maintenanceAt } from '../src/schedule/maintenance.ts'
import { nextOccurrence, occurrencesBetween } from '../src/schedule/occurrences.ts'

const TICK = 10_000
const MINUTE = 60_000
const DAY = 86_400_000
const SINCE = Date.UTC(2026, 0, 15, 12, 34, 56)

interface Case {
  schedule: { name: string; cron: string; jitterSeconds: number }
  policy: Parameters<typeof firing>[1]
  outages: { from: number; to: number }[]
  end: number
}

interface Event {
  at: number
  occurrence: number
  missed: number
  action: 'start' | 'skip'
}

const days = { '*/15 * * * *': 20, '15 * * * *': 60 }
const crons = ['30 2 * * *', '0 */6 * * *', '0 1 * * 0', '45 0 1 * *', ...Object.keys(days)]

const cases: fc.Arbitrary<Case> = fc
  .record({
    cron: fc.constantFrom(...crons),
    jitterSeconds: fc.constantFrom(0, 0, 90, 3_600),
    timeZone: fc.constantFrom(
      'UTC',
      'America/New_York',
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Australia/Lord_Howe'
    ),
    catchUp: fc.constantFrom('once' as const, 'skip' as const),
    maintenance: fc.subarray([
      { cron: '0 2 * * *', minutes: 120, reason: 'nightly' },
      { cron: '50 3 * * 6,0', minutes: 600, reason: 'weekend' },
      { cron: '0 0 1 * *', minutes: 3_000, reason: 'month' }
    ]),
    outages: fc.array(
      fc.record({
        from: fc.integer({ min: 0, max: 365 * 1_440 }),
        minutes: fc.oneof(
          fc.integer({ min: 1, max: 30 }),
          fc.integer({ min: 31, max: 3_000 }),
          fc.integer({ min: 3_001, max: 60_000 })
        )
      }),
      { maxLength: 12 }
    )
  })
  .map(({ cron, jitterSeconds, outages, ...policy }) => {
    const length = days[cron as keyof typeof days] ?? 365
    return {
      schedule: { name: 'any', cron, jitterSeconds },
      policy,
      outages: outages
        .map(({ from, minutes }) => ({
          from: SINCE + Math.round((from * length) / 365) * MINUTE,
          to: SINCE + (Math.round((from * length) / 365) + minutes) * MINUTE
        }))
        .sort((a, b) => a.from - b.from),
      end: SINCE + length * DAY
    }
  })

const nextTick = (time: number) => SINCE + Math.ceil((time - SINCE) / TICK) * TICK
const outageAt = ({ outages }: Case, time: number) =>
  outages.find(({ from, to }) => from <= time && time < to)

/**
 * What a worker does that asks every ten seconds, apart from its outages. Asking between the ticks of a wait would
 * change nothing: that is checked at one moment of each wait, instead of at three million.
 */
function simulate(run: Case): Event[] {
  const { schedule, policy, end } = run
  const events: Event[] = []
  let firedFor: Date | null = null
  let now = SINCE
  while (now <= end) {
    const outage = outageAt(run, now)
    if (outage) {
      now = nextTick(outage.to)
      continue
    }
    const state = { firedFor, since: new Date(SINCE) }
    const result = firing(schedule, policy, state, new Date(now), 'seed')
    if (result.action !== 'wait') {
      const { action, occurrence, missed } = result
      events.push({ at: now, occurrence: occurrence.getTime(), missed, action })
      firedFor = occurrence
      now += TICK
      continue
    }
    const until = nextTick(result.until!.getTime())
    if (until <= now) throw new Error(`waits at ${new Date(now).toISOString()} for what is over`)
    const between = new Date(now + Math.floor((result.until!.getTime() - now) * 0.9))
    if (firing(schedule, policy, state, between, 'seed').action !== 'wait')
      throw new Error(`woke up too late at ${new Date(until).toISOString()}`)
    const nextOutage = run.outages.find(({ from }) => from > now)
    now = nextOutage && nextOutage.from < until ? nextTick(nextOutage.from) : until
  }
  return events
}

/** The first tick, from `time` on, at which the worker is there and no maintenance is. */
function firstChance(run: Case, time: number): number {
  const { timeZone, maintenance } = run.policy
  let chance = nextTick(time)
  while (true) {
    const window = maintenanceAt(maintenance, timeZone, new Date(chance))
    const blocked = outageAt(run, chance)?.to ?? window?.until.getTime()
    if (blocked === undefined) return chance
    chance = nextTick(blocked)
  }
}

t.test('a year with outages and maintenance', async () => {
  fc.assert(
    fc.property(cases, run => {
      const { schedule, policy, end } = run
      const { cron } = schedule
      const { timeZone, maintenance, catchUp } = policy
      const due = (occurrence: number) =>
        dueTime(schedule, timeZone, new Date(occurrence), 'seed').getTime()
      const events = simulate(run)

      let last = SINCE
      for (const { at, occurrence, missed, action } of events) {
        if (occurrence <= last) throw new Error('fired again')
        const { latest, count } = occurrencesBetween(
          cron,
          timeZone,
          new Date(last),
          new Date(occurrence)
        )
        if (latest?.getTime() !== occurrence) throw new Error('fired what is no occurrence')
        if (count !== 1 + missed) throw new Error('an occurrence is lost or counted twice')
        if (at < due(occurrence)) throw new Error('fired before it was due')
        if (outageAt(run, at) || maintenanceAt(maintenance, timeZone, new Date(at)))
          throw new Error('fired when nothing may be')
        const late = at - due(occurrence) > LATE_MINUTES * MINUTE
        if (action === 'skip' && (catchUp === 'once' || !late)) throw new Error('skipped in time')
        if (action === 'start' && catchUp === 'skip' && late && maintenance.length === 0)
          throw new Error('started late')
        last = occurrence
      }

      let index = 0
      let occurrence = nextOccurrence(cron, timeZone, new Date(SINCE))!.getTime()
      while (firstChance(run, due(occurrence)) <= end) {
        while (events[index] && events[index]!.occurrence < occurrence) index += 1
        if (events[index]?.at === undefined) throw new Error('never fired')
        if (events[index]!.at > firstChance(run, due(occurrence)))
          throw new Error(
            `${new Date(occurrence).toISOString()} was not caught at the first chance`
          )
        occurrence = nextOccurrence(cron, timeZone, new Date(occurrence))!.getTime()
      }
    }),
    { numRuns: 25 }
  )
})
