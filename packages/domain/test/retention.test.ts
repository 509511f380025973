import t from 'tap'
import type { Retention } from '../src/policy.ts'
import type { RetentionBackup } from '../src/retention/backup.ts'
import { decideRetention } from '../src/retention/decide-retention.ts'
import { periodMs } from '../src/retention/period-ms.ts'
import { backup, DAY, HOUR, survivors } from './retention-support.ts'

const now = new Date('2026-11-20T12:00:00Z')
const rules = (change: Partial<Retention>): Retention => ({ minimumRedundancy: 1, ...change })
const decide = (backups: RetentionBackup[], change: Partial<Retention>, timeZone = 'UTC') =>
  decideRetention(backups, rules(change), { timeZone, now })
const removed = (...of: Parameters<typeof decide>) =>
  decide(...of)
    .filter(({ action }) => action === 'remove')
    .map(({ id }) => id)
const decisionOn = (id: string, ...of: Parameters<typeof decide>) =>
  decide(...of).find(decision => decision.id === id)!

/** One at 02:00 of each of the last so many days. */
const nightly = (days: number) =>
  Array.from({ length: days }, (_, ago) =>
    backup(
      `${new Date(Date.parse('2026-11-20T02:00:00Z') - ago * DAY).toISOString().slice(0, 16)}Z`
    )
  )

t.test('says for each backup what becomes of it and why, newest first', async t => {
  const backups = [
    backup('2026-11-18T02:00Z'),
    backup('2026-11-20T02:00Z'),
    backup('2026-11-17T02:00Z', { hold: { holder: 'Ana', reason: 'lawsuit 12', until: null } }),
    backup('2026-11-18T14:00Z'),
    backup('2026-11-16T02:00Z')
  ]
  t.same(decide(backups, { last: 1, daily: 2 }), [
    {
      id: '2026-11-20T02:00Z',
      action: 'keep',
      reasons: ['last 1 of 1', 'daily 1 of 2 (2026-11-20)', 'newest good']
    },
    { id: '2026-11-18T14:00Z', action: 'keep', reasons: ['daily 2 of 2 (2026-11-18)'] },
    {
      id: '2026-11-18T02:00Z',
      action: 'remove',
      reasons: ['no rule keeps it: older than last 1, not the newest of 2026-11-18']
    },
    { id: '2026-11-17T02:00Z', action: 'blocked', reasons: ['on hold by Ana: lawsuit 12'] },
    {
      id: '2026-11-16T02:00Z',
      action: 'remove',
      reasons: ['no rule keeps it: older than last 1, older than daily 2']
    }
  ])
})

t.test('no backups, no decisions', async t => {
  t.same(decide([], { last: 3 }), [])
})

t.test('without rules everything is kept, and a count of nothing is no rule', async t => {
  const backups = [...nightly(40), backup('2001-01-01', { state: 'damaged' })]
  for (const none of [{}, { last: 0 }, { hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 }]) {
    const decisions = decide(backups, none)
    t.equal(decisions.length, 41)
    t.ok(decisions.every(({ action }) => action === 'keep'))
    t.same(decisions.at(-1)!.reasons, ['no rules: everything is kept'])
  }
})

t.test('three years of nightly backups leave days, weeks, months and years', async t => {
  const kept = survivors(nightly(3 * 366), rules({ daily: 7, weekly: 4, monthly: 6, yearly: 3 }), {
    timeZone: 'UTC',
    now
  })
  t.same(
    kept.map(({ id }) => id.slice(0, 10)),
    [
      ...['2026-11-20', '2026-11-19', '2026-11-18', '2026-11-17', '2026-11-16', '2026-11-15'],
      '2026-11-14', // daily 7
      '2026-11-08', // weekly 3: 15 and 20 November are the newest of the weeks after
      '2026-11-01', // weekly 4
      ...['2026-10-31', '2026-09-30', '2026-08-31', '2026-07-31', '2026-06-30'], // monthly
      ...['2025-12-31', '2024-12-31'] // yearly
    ]
  )
})

t.test('within keeps all that are not older, counted from now', async t => {
  const backups = ['2026-11-20T02:00Z', '2026-11-19T12:00:00Z', '2026-11-19T11:59:59Z'].map(at =>
    backup(at)
  )
  t.same(removed(backups, { within: '24h' }), ['2026-11-19T11:59:59Z'])
  t.same(
    decide(backups, { within: '24h' }).map(({ reasons }) => reasons[0]),
    ['within 24h', 'within 24h', 'no rule keeps it: older than 24h']
  )
})

t.test('a period that has no backup does not count', async t => {
  const backups = [backup('2026-11-20'), backup('2026-08-03'), backup('2024-02-29')]
  t.same(removed(backups, { daily: 3 }), [])
  t.same(removed(backups, { daily: 2 }), ['2024-02-29'])
  t.same(removed(backups, { yearly: 2 }), ['2026-08-03'])
})

t.test('weeks are those of ISO, with the year of their Thursday', async t => {
  const backups = ['2026-01-05', '2026-01-04', '2026-01-01', '2025-12-29', '2025-12-28'].map(at =>
    backup(at)
  )
  const decisions = decide(backups, { weekly: 9 })
  t.same(
    decisions.map(({ action, reasons }) => `${action} ${reasons[0]}`),
    [
      'keep weekly 1 of 9 (2026-W02)',
      'keep weekly 2 of 9 (2026-W01)',
      'remove no rule keeps it: not the newest of 2026-W01',
      'remove no rule keeps it: not the newest of 2026-W01',
      'keep weekly 3 of 9 (2025-W52)'
    ]
  )
  t.match(decide([backup('2021-01-03')], { weekly: 1 })[0]!.reasons, ['weekly 1 of 1 (2020-W53)'])
  t.match(decide([backup('1969-12-29')], { weekly: 1 })[0]!.reasons, ['weekly 1 of 1 (1970-W01)'])
  t.match(decide([backup('1969-12-28')], { weekly: 1 })[0]!.reasons, ['weekly 1 of 1 (1969-W52)'])
})

t.test('days are those of the time zone', async t => {
  const backups = [backup('2026-11-20T02:30Z'), backup('2026-11-19T23:00Z')]
  t.same(removed(backups, { daily: 5 }, 'UTC'), [])
  t.same(removed(backups, { daily: 5 }, 'America/Sao_Paulo'), ['2026-11-19T23:00Z'])
  t.match(decide(backups, { daily: 5 }, 'Asia/Kolkata')[0]!.reasons, ['daily 1 of 5 (2026-11-20)'])
})

t.test('the hour that comes twice is two hours, also where hours begin at the half', async t => {
  const berlin = [backup('2026-10-25T00:30Z'), backup('2026-10-25T01:30Z')]
  t.same(removed(berlin, { hourly: 5 }, 'Europe/Berlin'), [])
  t.match(
    decide(berlin, { hourly: 5 }, 'Europe/Berlin').map(({ reasons }) => reasons[0]),
    ['hourly 1 of 5 (2026-10-25 02:00)', 'hourly 2 of 5 (2026-10-25 02:00)']
  )
  const kolkata = [backup('2026-10-25T00:29Z'), backup('2026-10-25T00:31Z')]
  t.same(removed(kolkata, { hourly: 5 }, 'Asia/Kolkata'), [])
  t.same(removed(kolkata, { hourly: 5 }, 'UTC'), ['2026-10-25T00:29Z'])
})

t.test('a day without its midnight is a day', async t => {
  const havana = ['2026-03-08T04:59Z', '2026-03-08T05:00Z', '2026-03-09T03:59Z'].map(at =>
    backup(at)
  )
  t.same(removed(havana, { daily: 5 }, 'America/Havana'), ['2026-03-08T05:00Z'])
})

t.test('each repository and kind for itself', async t => {
  const backups = [
    backup('2026-11-20'),
    backup('2026-11-19'),
    backup('2020-01-02', { kind: 'physical' }),
    backup('2020-01-01', { kind: 'physical' }),
    backup('2010-01-01', { repositoryId: 'other' })
  ]
  t.same(removed(backups, { last: 1 }), ['2026-11-19', '2020-01-01'])
})

t.test('of the same moment the greater id counts as newer', async t => {
  const twins = ['a', 'c', 'b'].map(id => backup('2026-11-19', { id }))
  t.same(removed(twins, { daily: 3 }), ['b', 'a'])
  t.same(removed(twins.toReversed(), { daily: 3 }), ['b', 'a'])
})

t.test('what must not go is blocked, and says why', async t => {
  const until = new Date(now.getTime() + HOUR)
  const cases: [Partial<RetentionBackup>, string][] = [
    [{ hold: { holder: 'Ana', reason: 'lawsuit 12', until: null } }, 'on hold by Ana: lawsuit 12'],
    [
      { hold: { holder: 'Ana', reason: 'lawsuit 12', until } },
      'on hold by Ana until 2026-11-20T13:00:00.000Z: lawsuit 12'
    ],
    [{ lockedUntil: until }, 'locked until 2026-11-20T13:00:00.000Z'],
    [{ keepUntil: until }, 'asked for until 2026-11-20T13:00:00.000Z'],
    [{ inUse: true }, 'in use by a run']
  ]
  for (const [change, reason] of cases) {
    for (const state of ['available', 'damaged'] as const) {
      const backups = [backup('2026-11-20'), backup('2026-11-01', { state, ...change })]
      t.same(
        decisionOn('2026-11-01', backups, { last: 1 }),
        { id: '2026-11-01', action: 'blocked', reasons: [reason] },
        reason
      )
    }
  }
  const all = Object.assign({}, ...cases.map(([change]) => change))
  t.equal(
    decisionOn('x', [backup('2026-11-20'), backup('2026-11-01', { id: 'x', ...all })], { last: 1 })
      .reasons.length,
    4,
    'every reason is said'
  )
  t.match(
    decisionOn('x', [backup('2026-11-20', { id: 'x', ...all })], { last: 1 }).action,
    'keep',
    'what a rule wants is kept, not blocked'
  )
})

t.test('what lasts until now is over', async t => {
  for (const change of [
    { hold: { holder: 'Ana', reason: 'lawsuit 12', until: now } },
    { lockedUntil: now },
    { keepUntil: now }
  ])
    t.same(removed([backup('2026-11-20'), backup('2026-11-01', change)], { last: 1 }), [
      '2026-11-01'
    ])
})

t.test('what a kept one depends on stays, over any number of steps and kinds', async t => {
  const backups = [
    backup('2026-11-20', { parent: '2026-11-19' }),
    backup('2026-11-19', { parent: '2026-11-18' }),
    backup('2026-11-18', { parent: '2026-11-17' }),
    backup('2026-11-17', { kind: 'physical' }),
    backup('2026-11-17T12:00Z', { kind: 'physical' }),
    backup('2026-11-16', { parent: '2026-11-15' }),
    backup('2026-11-15')
  ]
  t.same(removed(backups, { last: 1 }), ['2026-11-16', '2026-11-15'])
  t.same(decisionOn('2026-11-17', backups, { last: 1 }), {
    id: '2026-11-17',
    action: 'blocked',
    reasons: ['needed by 2026-11-18']
  })
  const held = backups.map(each =>
    each.id === '2026-11-16'
      ? { ...each, hold: { holder: 'Ana', reason: 'audit', until: null } }
      : each
  )
  t.same(removed(held, { last: 1 }), [], 'also what one on hold depends on')
})

t.test('a base that is gone, or one that goes round in a circle, stops nothing', async t => {
  const backups = [
    backup('2026-11-20', { parent: 'gone' }),
    backup('2026-11-19', { parent: '2026-11-18' }),
    backup('2026-11-18', { parent: '2026-11-19' })
  ]
  t.same(removed(backups, { last: 1 }), ['2026-11-19', '2026-11-18'])
  t.same(removed(backups, { last: 2 }), [])
})

t.test('the newest good ones stay, whatever the rules say', async t => {
  const old = ['2020-01-03', '2020-01-02', '2020-01-01'].map(at => backup(at))
  t.same(removed(old, { within: '1d' }), ['2020-01-02', '2020-01-01'])
  t.same(removed(old, { within: '1d', minimumRedundancy: 2 }), ['2020-01-01'])
  t.same(
    decide(old, { within: '1d', minimumRedundancy: 4 }).map(({ action, reasons }) => [
      action,
      ...reasons
    ]),
    [
      ['blocked', 'newest good'],
      ['blocked', 'minimum redundancy 2 of 4'],
      ['blocked', 'minimum redundancy 3 of 4']
    ]
  )
})

t.test('damaged ones do not count as redundancy', async t => {
  const backups = [
    backup('2026-01-04', { state: 'damaged' }),
    backup('2026-01-03'),
    backup('2026-01-02', { state: 'damaged' }),
    backup('2026-01-01')
  ]
  t.same(removed(backups, { within: '1d', minimumRedundancy: 2 }), ['2026-01-04', '2026-01-02'])
})

t.test('where all are damaged the newest stays, and goes when there is a good one', async t => {
  const damaged = ['2026-01-02', '2026-01-01'].map(at => backup(at, { state: 'damaged' }))
  t.same(removed(damaged, { within: '1d', minimumRedundancy: 3 }), ['2026-01-01'])
  t.same(decisionOn('2026-01-02', damaged, { within: '1d' }).reasons, [
    'newest, damaged, and there is no good one'
  ])
  t.same(removed([backup('2025-01-01'), ...damaged], { within: '1d' }), [
    '2026-01-02',
    '2026-01-01'
  ])
})

t.test('a damaged one takes no place of a good one', async t => {
  const backups = nightly(5)
  backups[1] = { ...backups[1]!, state: 'damaged' }
  t.same(removed(backups, { last: 3 }), ['2026-11-16T02:00Z'])
  t.same(removed(backups, { daily: 3 }), ['2026-11-16T02:00Z'])
  t.match(decisionOn('2026-11-19T02:00Z', backups, { daily: 3 }), {
    action: 'keep',
    reasons: ['daily 2 of 3 (2026-11-19)']
  })
  t.match(
    decisionOn('2026-11-18T02:00Z', backups, { daily: 3 }).reasons,
    ['daily 2 of 3 (2026-11-18)'],
    'the next good one has the same place'
  )
})

t.test('a damaged one stays while it is all that is left of its period', async t => {
  const good = nightly(3)
  const damaged = ['2026-11-17T01:00Z', '2026-11-17T02:00Z', '2026-11-17T03:00Z']
  const [first, second, third] = damaged.map(at => backup(at, { state: 'damaged' }))
  t.same(removed([...good, second!, third!], { daily: 4 }), ['2026-11-17T02:00Z'])
  t.same(removed([...good, second!, third!], { daily: 3 }), [
    '2026-11-17T03:00Z',
    '2026-11-17T02:00Z'
  ])
  const repaired = [...good, { ...first!, state: 'available' as const }, second!, third!]
  t.same(removed(repaired, { daily: 4 }), ['2026-11-17T03:00Z', '2026-11-17T02:00Z'])
  t.match(decisionOn('2026-11-17T03:00Z', repaired, { daily: 4 }).reasons, [
    'no rule keeps it: damaged, and 2026-11-17 has a good one'
  ])
})

t.test('a clock that ran ahead takes nothing away from within', async t => {
  const ahead = backup('2036-11-20')
  const backups = nightly(60)
  const before = removed(backups, { within: '30d' })
  t.equal(before.length, 30)
  t.same(removed([ahead, ...backups], { within: '30d' }), before)
})

t.test("backups of the future stay and take nobody's place", async t => {
  const ahead = ['2036-11-22', '2036-11-21'].map(at => backup(at))
  const backups = [...ahead, ...nightly(4)]
  for (const rules of [{ last: 2 }, { daily: 2 }, { yearly: 1, last: 2 }])
    t.same(removed(backups, rules), removed(nightly(4), rules), JSON.stringify(rules))
  t.match(decisionOn('2036-11-22', backups, { last: 2 }), {
    action: 'blocked',
    reasons: ['dated in the future']
  })
  t.same(removed(backups, { last: 1, minimumRedundancy: 3 }).length, 1)
})

t.test('a time zone that does not exist decides nothing', async t => {
  t.throws(() => decide(nightly(3), { daily: 1 }, 'Mars/Olympus'), RangeError)
})

t.test('a date that is none decides nothing', async t => {
  t.throws(() => decide([...nightly(3), backup('soon')], { last: 1 }), RangeError)
})

t.test('periods in hours, days, weeks and years', async t => {
  t.same(
    ['36h', '30d', '8w', '7y'].map(periodMs),
    [36, 720, 1344, 61_488].map(h => h * HOUR)
  )
  for (const text of ['', '30', 'd', '1m', '-1d', '1.5d', '30d ', '1D'])
    t.throws(() => periodMs(text), RangeError, JSON.stringify(text))
})
