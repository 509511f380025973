import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { findingKinds, worstFirst, worstLevel } from '../src/verdict/finding.ts'
import { type PolicyFacts, policyVerdict } from '../src/verdict/policy-verdict.ts'
import { type SystemFacts, systemVerdict } from '../src/verdict/system-verdict.ts'
import { span } from '../src/verdict/wording.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const now = new Date('2026-11-21T08:00:00Z')
const ago = (ms: number) => new Date(now.getTime() - ms)

/** A policy that everything is well with; its RPO is 24 h. */
const well: PolicyFacts = {
  now,
  paused: false,
  createdAt: ago(100 * DAY),
  hasSchedule: true,
  objectives: {
    rpoMinutes: 1_440,
    rtoMinutes: 240,
    verifyDays: 45,
    drillDays: 31,
    sizeChangePercent: 50,
    sizeSamples: 10
  },
  minimumRedundancy: 3,
  newestAt: ago(6 * HOUR),
  newestBytes: 1_000,
  earlierBytes: [1_000, 1_000, 1_000],
  goodBackups: 7,
  damagedBackups: 0,
  lastRun: { status: 'succeeded', finishedAt: ago(6 * HOUR), code: null, message: null },
  oldestUnverifiedAt: ago(20 * DAY),
  lastDrillAt: ago(7 * DAY),
  lastDrill: { outcome: 'passed', at: ago(7 * DAY), message: null },
  repositories: [{ state: 'ready', message: null }],
  retentionBlocked: 0
}
const none = { newestAt: null, newestBytes: null, earlierBytes: [], goodBackups: 0 }
const failed = {
  status: 'failed',
  finishedAt: ago(HOUR),
  code: 'PG_TOOL_FAILED',
  message: 'pg_dump exited with 1'
} as const
const objectives = (change: Partial<PolicyFacts['objectives']>) => ({
  objectives: { ...well.objectives, ...change }
})
const { drillDays: _, ...withoutDrill } = well.objectives

const found = (change: Partial<PolicyFacts>) =>
  policyVerdict({ ...well, ...change }).findings.map(({ kind, level }) => `${kind} ${level}`)

t.test('a policy that everything is well with', async t => {
  t.same(policyVerdict(well), { level: 'ok', findings: [] })
})

t.test('each rule, at its limit and beyond', async t => {
  const table: [string, Partial<PolicyFacts>, string[]][] = [
    ['as old as the RPO', { newestAt: ago(DAY) }, []],
    ['older than the RPO', { newestAt: ago(DAY + 1) }, ['backup-age critical']],
    [
      'older, without a schedule',
      { newestAt: ago(DAY + 1), hasSchedule: false },
      ['backup-age critical']
    ],
    [
      'older, paused',
      { newestAt: ago(DAY + 1), paused: true },
      ['backup-age warning', 'paused warning']
    ],
    ['from the future', { newestAt: ago(-HOUR) }, []],
    [
      '80 % of the RPO, last run failed',
      { newestAt: ago(0.8 * DAY), lastRun: failed },
      ['last-run-failed warning']
    ],
    [
      'more than 80 %, last run failed',
      { newestAt: ago(0.8 * DAY + 1), lastRun: failed },
      ['backup-age warning', 'last-run-failed warning']
    ],
    [
      'more than 80 %, last run cancelled',
      { newestAt: ago(0.9 * DAY), lastRun: { ...failed, status: 'cancelled' } },
      []
    ],
    ['more than 80 %, no run', { newestAt: ago(0.9 * DAY), lastRun: null }, []],
    ['last run failed', { lastRun: failed }, ['last-run-failed warning']],
    [
      'last run failed, RPO missed',
      { newestAt: ago(DAY + 1), lastRun: failed },
      ['backup-age critical', 'last-run-failed critical']
    ],
    [
      'last run failed, RPO missed, paused',
      { newestAt: ago(DAY + 1), lastRun: failed, paused: true },
      ['backup-age warning', 'last-run-failed warning', 'paused warning']
    ],
    ['none yet, made an RPO ago', { ...none, createdAt: ago(DAY) }, []],
    ['none yet, made longer ago', { ...none, createdAt: ago(DAY + 1) }, ['no-backup critical']],
    ['none yet, paused', { ...none, paused: true }, ['no-backup warning', 'paused warning']],
    [
      'none yet, first run failed, soon due',
      { ...none, createdAt: ago(0.9 * DAY), lastRun: failed },
      ['no-backup warning', 'last-run-failed warning']
    ],
    ['one damaged', { damagedBackups: 1 }, ['backup-damaged warning']],
    [
      'all damaged',
      { ...none, createdAt: ago(HOUR), damagedBackups: 2 },
      ['backup-damaged critical']
    ],
    ['repository pending', { repositories: [{ state: 'pending', message: null }] }, []],
    [
      'one repository of two failed',
      {
        repositories: [
          { state: 'ready', message: null },
          { state: 'failed', message: 'no route' }
        ]
      },
      ['repository-unreachable critical']
    ],
    ['half as large', { newestBytes: 500 }, []],
    ['smaller', { newestBytes: 499 }, ['size-anomaly warning']],
    ['far smaller', { newestBytes: 249 }, ['size-anomaly critical']],
    ['as many as must exist', { goodBackups: 3 }, []],
    ['too few', { goodBackups: 2 }, ['redundancy warning']],
    ['too few in the first days', { goodBackups: 2, createdAt: ago(3 * DAY) }, []],
    [
      'too few after the first days',
      { goodBackups: 2, createdAt: ago(3 * DAY + 1) },
      ['redundancy warning']
    ],
    ['read at the limit', { oldestUnverifiedAt: ago(45 * DAY) }, []],
    [
      'not read for too long',
      { oldestUnverifiedAt: ago(45 * DAY + 1) },
      ['verify-overdue warning']
    ],
    ['nothing to read', { oldestUnverifiedAt: null }, []],
    [
      'a drill that failed',
      { lastDrill: { outcome: 'failed', at: ago(DAY), message: 'm' } },
      ['drill-failed critical']
    ],
    [
      'a drill that could not run',
      { lastDrill: { outcome: 'errored', at: ago(DAY), message: null } },
      ['drill-errored warning']
    ],
    ['drill at the limit', { lastDrillAt: ago(31 * DAY) }, []],
    ['drill too long ago', { lastDrillAt: ago(31 * DAY + 1) }, ['drill-overdue warning']],
    ['no drill yet, new', { lastDrillAt: null, createdAt: ago(31 * DAY) }, []],
    [
      'no drill in time',
      { lastDrillAt: null, createdAt: ago(31 * DAY + 1) },
      ['drill-overdue warning']
    ],
    ['no drill wanted', { lastDrillAt: null, objectives: withoutDrill }, []],
    ['removal blocked', { retentionBlocked: 1 }, ['retention-blocked warning']],
    ['paused', { paused: true }, ['paused warning']]
  ]
  for (const [name, change, expected] of table) t.same(found(change), expected, name)
})

t.test('the size is compared as the objectives say', async t => {
  const change = objectives({ sizeChangePercent: 0, maxBytes: 900 })
  t.same(found(change), ['size-anomaly warning'])
  t.same(found(objectives({ maxBytes: 1_000 })), [])
})

t.test('findings say what happened and what to do', async t => {
  const { findings } = policyVerdict({
    ...well,
    newestAt: ago(3 * DAY + HOUR),
    lastRun: failed,
    repositories: [
      { state: 'failed', message: 'no route' },
      { state: 'ready', message: null }
    ]
  })
  t.match(findings, [
    { message: /3 days old.*RPO.*24 h is missed/, hint: /last runs/ },
    { message: /failed 60 min ago: PG_TOOL_FAILED: pg_dump exited with 1/ },
    { message: /1 of 2.*no route/ }
  ])
  const [noCause] = policyVerdict({
    ...well,
    lastRun: { ...failed, code: null, message: null }
  }).findings
  t.match(noCause, { message: /no cause is recorded/ })
})

t.test('what to do about the age depends on why', async t => {
  const hint = (change: Partial<PolicyFacts>) =>
    policyVerdict({ ...well, newestAt: ago(2 * DAY), ...change }).findings[0]!.hint
  t.match(hint({ hasSchedule: false }), /no schedule/)
  t.match(hint({ paused: true, hasSchedule: false }), /Resume/)
  t.match(hint({}), /errors/)
})

/** Moments around now, and the limits themselves. */
const moment = fc.oneof(
  fc.integer({ min: -DAY, max: 200 * DAY }).map(ago),
  fc.constantFrom(DAY, 3 * DAY, 31 * DAY, 45 * DAY).map(ago)
)
const state = fc.constantFrom('pending', 'ready', 'failed')
const anyFacts: fc.Arbitrary<PolicyFacts> = fc.record({
  now: fc.constant(now),
  paused: fc.boolean(),
  createdAt: moment,
  hasSchedule: fc.boolean(),
  objectives: fc.constantFrom(well.objectives, withoutDrill),
  minimumRedundancy: fc.integer({ min: 1, max: 9 }),
  newestAt: fc.option(moment),
  newestBytes: fc.option(fc.nat(3_000)),
  earlierBytes: fc.array(fc.nat(2_000), { maxLength: 12 }),
  goodBackups: fc.nat(9),
  damagedBackups: fc.nat(3),
  lastRun: fc.option(
    fc.record({
      status: fc.constantFrom('succeeded', 'failed', 'cancelled'),
      finishedAt: moment,
      code: fc.option(fc.string()),
      message: fc.option(fc.string())
    })
  ),
  oldestUnverifiedAt: fc.option(moment),
  lastDrillAt: fc.option(moment),
  lastDrill: fc.option(
    fc.record({
      outcome: fc.constantFrom('passed', 'failed', 'errored'),
      at: moment,
      message: fc.option(fc.string())
    })
  ),
  repositories: fc.array(fc.record({ state, message: fc.option(fc.string()) }), { maxLength: 3 }),
  retentionBlocked: fc.nat(2)
})

t.test('the level is that of the worst finding, which comes first; each kind once', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(anyFacts, facts => {
        const before = JSON.stringify(facts)
        const { level, findings } = policyVerdict(facts)
        assert.equal(JSON.stringify(facts), before, 'facts stay as they were')
        const levels = findings.map(finding => finding.level)
        const worst = levels.includes('critical')
          ? 'critical'
          : levels.length > 0
            ? 'warning'
            : 'ok'
        assert.equal(level, worst)
        assert.deepEqual(levels, levels.toSorted(), 'critical sorts before warning')
        assert.equal(new Set(findings.map(({ kind }) => kind)).size, findings.length)
        assert.ok(findings.every(({ kind }) => findingKinds.includes(kind)))
        assert.ok(
          findings.every(({ message, hint }) => message && hint && !/undefined|NaN|null/.test(hint))
        )
      })
    )
  )
})

t.test('time alone never makes a verdict better', async t => {
  const severity = { ok: 0, warning: 1, critical: 2 }
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(anyFacts, fc.nat(100 * DAY), (facts, later) => {
        const then = new Date(now.getTime() + later)
        const verdict = policyVerdict({ ...facts, now: then })
        assert.ok(severity[verdict.level] >= severity[policyVerdict(facts).level])
      })
    )
  )
})

t.test('levels are compared by severity, and their order is kept', async t => {
  t.equal(worstLevel([]), 'ok')
  t.equal(worstLevel(['warning', 'ok']), 'warning')
  t.equal(worstLevel(['warning', 'critical', 'ok']), 'critical')
  const items = [
    { level: 'ok', n: 1 },
    { level: 'warning', n: 2 },
    { level: 'critical', n: 3 },
    { level: 'warning', n: 4 }
  ] as const
  t.same(
    worstFirst([...items]).map(({ n }) => n),
    [3, 2, 4, 1]
  )
})

const running: SystemFacts = {
  now,
  workersSeenAt: [ago(9 * DAY), ago(10_000)],
  oldestQueuedDueAt: null,
  clockSkewMs: 12,
  undelivered: 0,
  secretsDue: []
}
const secret = (name: string, dueAt: Date) => ({ name, owner: 'ana', dueAt })

t.test('the installation: each rule, at its limit and beyond', async t => {
  const table: [string, Partial<SystemFacts>, string[]][] = [
    ['well', {}, []],
    ['silent for two minutes', { workersSeenAt: [ago(2 * MINUTE)] }, []],
    [
      'silent for longer',
      { workersSeenAt: [ago(2 * MINUTE + 1), ago(DAY)] },
      ['worker-missing critical']
    ],
    ['no worker ever', { workersSeenAt: [] }, ['worker-missing critical']],
    ['waits half an hour', { oldestQueuedDueAt: ago(30 * MINUTE) }, []],
    ['waits longer', { oldestQueuedDueAt: ago(30 * MINUTE + 1) }, ['queue-stuck warning']],
    ['waits four hours', { oldestQueuedDueAt: ago(4 * HOUR) }, ['queue-stuck warning']],
    ['waits even longer', { oldestQueuedDueAt: ago(4 * HOUR + 1) }, ['queue-stuck critical']],
    ['due later', { oldestQueuedDueAt: ago(-HOUR) }, []],
    ['no clock measured', { clockSkewMs: null }, []],
    ['10 s', { clockSkewMs: -10_000 }, []],
    ['ahead', { clockSkewMs: 10_001 }, ['clock-skew warning']],
    ['behind', { clockSkewMs: -10_001 }, ['clock-skew warning']],
    ['5 min behind', { clockSkewMs: -5 * MINUTE }, ['clock-skew warning']],
    ['more', { clockSkewMs: -5 * MINUTE - 1 }, ['clock-skew critical']],
    ['undelivered', { undelivered: 1 }, ['notification-failed warning']],
    ['secret due now', { secretsDue: [secret('jwt', now)] }, ['secret-due warning']],
    ['secret due later', { secretsDue: [secret('jwt', ago(-1))] }, []],
    [
      'worst first, else in order',
      { undelivered: 1, secretsDue: [secret('jwt', now)], workersSeenAt: [] },
      ['worker-missing critical', 'notification-failed warning', 'secret-due warning']
    ]
  ]
  for (const [name, change, expected] of table) {
    const { level, findings } = systemVerdict({ ...running, ...change })
    t.same(
      findings.map(finding => `${finding.kind} ${finding.level}`),
      expected,
      name
    )
    t.equal(level, worstLevel(findings.map(finding => finding.level)))
  }
})

t.test('secrets that are due are named with their owner', async t => {
  const secretsDue = [secret('jwt', ago(DAY)), secret('later', ago(-DAY)), secret('s3', ago(0))]
  const [finding] = systemVerdict({ ...running, secretsDue }).findings
  t.match(finding, { message: /2 secrets.*jwt \(ana\), s3 \(ana\)/ })
  t.notMatch(finding!.message, /later/)
})

t.test('lengths of time are rounded down, never up to the limit', async t => {
  t.equal(span(0), '0 min')
  t.equal(span(2 * HOUR - 1), '119 min')
  t.equal(span(2 * HOUR), '2 h')
  t.equal(span(3 * DAY - 1), '71 h')
  t.equal(span(3 * DAY), '3 days')
})
