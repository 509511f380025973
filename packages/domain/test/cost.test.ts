import t, { type Test } from 'tap'
import { Value } from 'typebox/value'
import { examplePrices, PriceTable } from '../src/cost/prices.ts'
import { type CostPlan, projectCost } from '../src/cost/project-cost.ts'
import { PolicySpec } from '../src/policy.ts'

const DAY = 86_400_000
const GIB = 2 ** 30
const date = (text: string) => new Date(`${text}T00:00:00Z`)

const specWith = (change: object): PolicySpec =>
  Value.Parse(
    PolicySpec,
    Value.Default(PolicySpec, { objectives: {}, retention: { last: 7 }, ...change })
  )
const schedules = (...crons: string[]) => crons.map((cron, index) => ({ name: `s${index}`, cron }))

/** A stand-in for schedules: `every N days`, counted from 2026-11-01. */
const everyDays: CostPlan['nextOccurrence'] = (cron, _timeZone, after) => {
  const step = Number(cron.split(' ')[1]) * DAY
  const first = date('2026-11-01').getTime()
  return new Date(first + (Math.floor((after.getTime() - first) / step) + 1) * step)
}
const once =
  (at: Date): CostPlan['nextOccurrence'] =>
  (_cron, _timeZone, after) =>
    after < at ? at : undefined
const keepAll: CostPlan['decide'] = () => []
const keepDays =
  (days: number): CostPlan['decide'] =>
  (backups, now) =>
    backups.map(({ id, at }) => ({
      id,
      action: now.getTime() - at.getTime() >= days * DAY ? 'remove' : 'keep'
    }))

const project = (change: Partial<CostPlan>) =>
  projectCost({
    spec: specWith({ schedules: schedules('every 1 day') }),
    prices: {
      currency: 'USD',
      perGbMonth: { STANDARD: 0.3, STANDARD_IA: 0.031 },
      perThousandPuts: { STANDARD: 5, STANDARD_IA: 10 }
    },
    stored: [],
    bytesPerBackup: GIB,
    objectsPerBackup: 2,
    nextOccurrence: once(date('2026-11-11')),
    decide: keepAll,
    from: date('2026-11-01'),
    months: 1,
    ...change
  })
const near = (t: Test, found: number, wanted: number, name: string) =>
  t.ok(Math.abs(found - wanted) < 1e-9, `${name}: ${found} is ${wanted}`)

t.test('one backup: 20 of 30 days of a GB and two objects', async t => {
  const { currency, months, total, unpriced } = project({})
  t.equal(currency, 'USD')
  t.same(unpriced, [])
  t.match(months, [{ month: '2026-11', backups: 1, bytesByClass: { STANDARD: GIB } }])
  near(t, months[0]!.cost, (0.3 * 20) / 30 + (5 * 2) / 1_000, 'November')
  near(t, total, months[0]!.cost, 'total')
})

t.test('one backup that moves after 30 days and is removed 5 days later', async t => {
  const { months, total } = project({
    spec: specWith({
      schedules: schedules('every 1 day'),
      tiers: [{ class: 'STANDARD_IA', afterDays: 30 }]
    }),
    decide: keepDays(35),
    months: 4
  })
  t.match(months, [
    { month: '2026-11', backups: 1, bytesByClass: { STANDARD: GIB } },
    { month: '2026-12', backups: 0, bytesByClass: {} },
    { month: '2027-01', backups: 0 },
    { month: '2027-02', backups: 0, cost: 0 }
  ])
  const november = (0.3 * 20) / 30 + 0.01
  const december = (0.3 * 10) / 31 + (0.031 * 21) / 31 + 0.02
  near(t, months[0]!.cost, november, 'November')
  near(t, months[1]!.cost, december, 'December: 10 days there, then 30 days are charged')
  near(t, months[2]!.cost, (0.031 * 9) / 31, 'January: what is left of the 30 days')
  near(t, total, november + december + 0.009, 'total')
})

t.test('a backup is in one class at a time', async t => {
  const spec = specWith({
    schedules: schedules('every 1 day'),
    tiers: [
      { class: 'GLACIER_IR', afterDays: 0 },
      { class: 'GLACIER', afterDays: 90 }
    ]
  })
  const { months, unpriced } = project({ spec, months: 4 })
  t.same(
    months.map(({ bytesByClass }) => bytesByClass),
    [{ GLACIER_IR: GIB }, { GLACIER_IR: GIB }, { GLACIER_IR: GIB }, { GLACIER: GIB }]
  )
  t.same(unpriced, ['GLACIER_IR', 'GLACIER'])
  t.ok(months.every(({ cost }) => cost === 0))
})

t.test('a tier that is too cold for the RTO is not counted on', async t => {
  const spec = specWith({
    schedules: schedules('every 1 day'),
    tiers: [{ class: 'DEEP_ARCHIVE', afterDays: 0 }]
  })
  t.same(project({ spec }).months[0]!.bytesByClass, { STANDARD: GIB })
})

t.test('schedules and retention together: daily backups that are kept for ten days', async t => {
  const { months } = project({
    nextOccurrence: everyDays,
    decide: keepDays(10),
    months: 3,
    objectsPerBackup: 0
  })
  t.same(
    months.map(({ backups }) => backups),
    [10, 10, 10]
  )
  near(t, months[1]!.cost, 0.3 * 10, 'December, always ten')
})

t.test('several schedules add up', async t => {
  const spec = specWith({ schedules: schedules('every 1 day', 'every 5 days') })
  const all = project({ spec, nextOccurrence: everyDays })
  t.equal(all.months[0]!.backups, 29 + 5, 'the second to the 30th, and every fifth of them')
  const ten = project({ spec, nextOccurrence: everyDays, decide: keepDays(10), months: 2 })
  t.equal(ten.months[0]!.backups, 10 + 2, 'the 21st to the 30th, and the 21st and 26th')
})

t.test('a backup after the last retention run counts too', async t => {
  const nextOccurrence = once(new Date('2026-11-30T18:00:00Z'))
  t.equal(project({ nextOccurrence }).months[0]!.backups, 1)
})

t.test('retention decides daily on what is kept, with the ids and times', async t => {
  const asked: [string, number][] = []
  project({
    nextOccurrence: everyDays,
    decide: (backups, now) => {
      asked.push([now.toISOString().slice(0, 10), backups.length])
      return backups.slice(0, -2).map(({ id }) => ({ id, action: 'remove' }))
    },
    from: date('2026-11-26')
  })
  t.same(asked, [
    ['2026-11-27', 1],
    ['2026-11-28', 2],
    ['2026-11-29', 3],
    ['2026-11-30', 3]
  ])
})

t.test('only what is to be removed is', async t => {
  const decide: CostPlan['decide'] = backups =>
    backups.map(({ id }, index) => ({ id, action: index % 2 ? 'keep' : 'blocked' }))
  t.equal(project({ nextOccurrence: everyDays, decide }).months[0]!.backups, 29)
})

t.test('what exists already is counted, but not put again', async t => {
  const stored = [{ id: 'old', at: date('2026-10-01'), bytes: 3 * GIB }]
  const { months } = project({ stored, nextOccurrence: () => undefined, months: 2 })
  t.match(months, [{ backups: 1, bytesByClass: { STANDARD: 3 * GIB } }, { backups: 1 }])
  near(t, months[0]!.cost, 0.9, 'the whole of November')
  const removed = project({
    stored,
    nextOccurrence: () => undefined,
    decide: keepDays(46),
    months: 2
  })
  near(t, removed.months[0]!.cost, (0.9 * 15) / 30, 'until the 16th')
  t.same(removed.months[1], { month: '2026-12', backups: 0, bytesByClass: {}, cost: 0 })
})

t.test('the first month is what is left of it', async t => {
  const { months } = project({
    from: date('2026-11-21'),
    nextOccurrence: once(date('2026-11-22')),
    months: 3
  })
  t.same(
    months.map(({ month }) => month),
    ['2026-11', '2026-12', '2027-01']
  )
  near(t, months[0]!.cost, (0.3 * 9) / 30 + 0.01, 'nine days of thirty')
})

t.test('growth makes later backups larger', async t => {
  const inOneYear = new Date(date('2026-11-01').getTime() + 365.25 * DAY)
  const { months } = project({
    growthPercentPerYear: 50,
    nextOccurrence: once(inOneYear),
    months: 13
  })
  t.same(months.at(-1)!.bytesByClass, { STANDARD: 1.5 * GIB })
})

t.test('nothing scheduled costs nothing', async t => {
  const { months, total } = project({ spec: specWith({}), months: 2 })
  t.same([months.length, total], [2, 0])
})

t.test('the example prices are a valid table that names the same classes twice', async t => {
  t.ok(Value.Check(PriceTable, examplePrices))
  t.same(Object.keys(examplePrices.perGbMonth), Object.keys(examplePrices.perThousandPuts))
  t.notOk(Value.Check(PriceTable, { ...examplePrices, perGbMonth: { STANDARD: -1 } }))
})
