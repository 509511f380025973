import t from 'tap'
import { Value } from 'typebox/value'
import { periodReport, type ReportFacts } from '../src/report/period-report.ts'
import { DrillReport } from '../src/report/schema.ts'
import { at, drill, policy, quarter } from './report-support.ts'

/** The only policy of a report. */
const shop = (facts: ReportFacts) => periodReport(facts).policies[0]!

t.test('a quarter, by hand', async t => {
  const drills = [
    drill('06-20T03:00:00', { id: 'before', restoreSeconds: 999 }),
    drill('09-20T03:00:00', { id: 'last', outcome: 'failed', restoreSeconds: 400, rtoMet: false }),
    drill('07-05T03:00:00', { id: 'first', restoreSeconds: 100 }),
    drill('08-05T03:00:00', { id: 'second', restoreSeconds: 250 }),
    drill('09-05T03:00:00', { id: 'third', restoreSeconds: 120, backupId: 'b3' }),
    drill('09-12T03:00:00', { id: 'none', outcome: 'errored', restoreSeconds: null, rtoMet: null }),
    drill('08-01T00:00:00', { policyId: 'gone' }),
    drill('08-02T00:00:00', { policyId: null, outcome: 'failed' })
  ]
  const report = periodReport(quarter(drills))
  t.same(report, {
    period: {
      from: '2026-07-01T00:00:00.000Z',
      to: '2026-10-01T00:00:00.000Z',
      asOf: '2026-10-01T00:00:00.000Z'
    },
    generatedAt: '2026-10-02T08:00:00.000Z',
    totals: { passed: 4, failed: 2, errored: 1, passRate: 4 / 6 },
    otherDrills: 2,
    policies: [
      {
        id: 'shop',
        name: 'shop-production',
        drillDays: 30,
        rtoObjectiveSeconds: 300,
        state: 'proven',
        lastPassed: {
          id: 'third',
          backupId: 'b3',
          outcome: 'passed',
          finishedAt: '2026-09-05T03:00:00.000Z'
        },
        isProvenInPeriod: true,
        dueAt: '2026-10-05T03:00:00.000Z',
        last: {
          id: 'last',
          backupId: drills[1]!.backupId,
          outcome: 'failed',
          finishedAt: '2026-09-20T03:00:00.000Z'
        },
        counts: { passed: 3, failed: 1, errored: 1, passRate: 3 / 4 },
        restores: [
          { drillId: 'first', at: '2026-07-05T03:00:00.000Z', restoreSeconds: 100, rtoMet: true },
          { drillId: 'second', at: '2026-08-05T03:00:00.000Z', restoreSeconds: 250, rtoMet: true },
          { drillId: 'third', at: '2026-09-05T03:00:00.000Z', restoreSeconds: 120, rtoMet: true },
          { drillId: 'last', at: '2026-09-20T03:00:00.000Z', restoreSeconds: 400, rtoMet: false }
        ],
        worstRestoreSeconds: 400,
        medianRestoreSeconds: 185
      }
    ],
    overdue: [],
    unproven: []
  })
  t.ok(Value.Check(DrillReport, report))
})

t.test('the median of an odd number is the middle one, of one itself', async t => {
  const of = (...times: number[]) =>
    shop(quarter(times.map(restoreSeconds => drill('08-01T00:00:00', { restoreSeconds }))))
      .medianRestoreSeconds
  t.equal(of(9, 100, 20), 20)
  t.equal(of(7), 7)
})

t.test('a drill at the very begin is of the period, one at its end of the next', async t => {
  const counts = (ended: string) => {
    const { totals, policies } = periodReport(quarter([drill(ended)]))
    t.equal(policies[0]!.counts.passed, totals.passed)
    return totals.passed
  }
  t.equal(counts('06-30T23:59:59.999'), 0)
  t.equal(counts('07-01T00:00:00'), 1)
  t.equal(counts('09-30T23:59:59.999'), 1)
  t.equal(counts('10-01T00:00:00'), 0)
  t.match(shop(quarter([drill('10-01T00:00:00')])), { state: 'unproven', last: null })
  t.equal(shop(quarter([drill('07-01T00:00:00')])).isProvenInPeriod, true)
  t.equal(shop(quarter([drill('06-30T23:59:59.999')])).isProvenInPeriod, false)
})

t.test('a drill belongs to the period that it ended in', async t => {
  const drills = [drill('07-01T00:02:00')]
  t.ok(drills[0]!.startedAt < at('07-01T00:00:00'))
  t.equal(shop(quarter(drills)).counts.passed, 1)
})

t.test('a proof is too old when drillDays are exceeded, not when they are over', async t => {
  const state = (ended: string) => shop(quarter([drill(ended)])).state
  t.equal(state('09-01T00:00:00'), 'proven')
  t.equal(state('08-31T23:59:59.999'), 'overdue')
  t.same(periodReport(quarter([drill('08-31T00:00:00')])).overdue, ['shop'])
})

t.test('a report of a period that is not over is as of now', async t => {
  const drills = [drill('07-10T00:00:00')]
  const soon = periodReport(quarter(drills, { now: at('08-09T00:00:00') }))
  t.equal(soon.period.asOf, '2026-08-09T00:00:00.000Z')
  t.equal(soon.policies[0]!.state, 'proven')
  t.equal(shop(quarter(drills, { now: at('08-09T00:00:00.001') })).state, 'overdue')
})

t.test('a report does not change when it is made later', async t => {
  const facts = quarter([drill('09-10T00:00:00')])
  const { generatedAt: _, ...then } = periodReport(facts)
  const later = [...facts.drills, drill('11-01T00:00:00', { outcome: 'failed' })]
  const { generatedAt, ...now } = periodReport({
    ...facts,
    drills: later,
    now: at('12-01T00:00:00')
  })
  t.same(now, then)
  t.equal(generatedAt, '2026-12-01T00:00:00.000Z')
})

t.test('never drilled', async t => {
  const report = periodReport(quarter([]))
  t.match(report, { unproven: ['shop'], overdue: [], totals: { passRate: null } })
  t.match(report.policies[0], {
    state: 'unproven',
    last: null,
    lastPassed: null,
    dueAt: null,
    isProvenInPeriod: false,
    restores: [],
    worstRestoreSeconds: null,
    medianRestoreSeconds: null
  })
  t.ok(Value.Check(DrillReport, report))
})

t.test('drills that could not run or that failed prove nothing', async t => {
  for (const outcome of ['errored', 'failed'] as const) {
    const { state, last, counts } = shop(quarter([drill('09-10T00:00:00', { outcome })]))
    t.match({ state, last }, { state: 'unproven', last: { outcome } })
    t.equal(counts.passRate, outcome === 'failed' ? 0 : null)
  }
})

t.test('a proof from before the period holds until it is too old', async t => {
  const old = [drill('03-01T00:00:00')]
  t.match(shop(quarter(old)), { state: 'overdue', dueAt: '2026-03-31T00:00:00.000Z' })
  const policies = [policy({ drillDays: null })]
  t.match(shop(quarter(old, { policies })), {
    state: 'proven',
    isProvenInPeriod: false,
    dueAt: null,
    counts: { passed: 0 },
    restores: []
  })
})

t.test('each policy has its own drills, in the order given', async t => {
  const policies = [policy({ id: 'b', name: 'B' }), policy({ id: 'a', name: 'A' })]
  const drills = [
    drill('09-20T00:00:00', { policyId: 'a' }),
    drill('09-21T00:00:00', { policyId: 'a' })
  ]
  const report = periodReport(quarter(drills, { policies }))
  t.same(
    report.policies.map(({ id, state, counts }) => [id, state, counts.passed]),
    [
      ['b', 'unproven', 0],
      ['a', 'proven', 2]
    ]
  )
  t.match(report, { otherDrills: 0, unproven: ['b'] })
})
