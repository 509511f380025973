import t from 'tap'
import { makeRestorePlan, type PlanProblem, type RestoreFacts } from '../src/index.ts'

/** A restore that nothing stands against. */
const clear: RestoreFacts = {
  backup: {
    id: '20261120T020000Z-logical-7f3k2m',
    finishedAt: '2026-11-20T02:10:00.000Z',
    serverMajor: 15,
    plainBytes: 400_000_000,
    storedBytes: 90_000_000,
    databaseBytes: 500_000_000,
    tables: 12,
    rows: 34_567,
    extensions: ['pgcrypto'],
    collationVersion: '2.36',
    warnings: []
  },
  target: {
    host: 'db',
    port: 5432,
    database: 'shop_copy',
    serverMajor: 15,
    databaseExists: false,
    ownsDatabase: false,
    mayCreateDatabase: true,
    mayCreateRoles: true,
    freeBytes: 500_000_000,
    collationVersion: '2.36'
  },
  client: '15.6',
  identity: 'opens',
  objects: 'present',
  missingRoles: [],
  missingExtensions: [],
  options: { missingRoles: 'fail', mode: 'new' },
  measuredRate: null
}

type Change = Partial<Omit<RestoreFacts, 'target'>> & { target?: Partial<RestoreFacts['target']> }

const plan = ({ target, ...change }: Change = {}) =>
  makeRestorePlan({ ...clear, ...change, target: { ...clear.target, ...target } })
const codesOf = (change: Change) => plan(change).problems.map(({ code }) => code)
const damaged: PlanProblem = { code: 'OBJECT_MISSING', message: 'gone', hint: 'another' }
const closed: PlanProblem = { code: 'IDENTITY_WRONG', message: 'shut', hint: 'another' }

t.test('nothing stands against a restore to an equal, empty place', async t => {
  t.same(plan(), {
    ...clear,
    ok: true,
    problems: [],
    warnings: [],
    rolesToCreate: [],
    estimateSeconds: 10
  })
})

t.test('each thing that stands against it has its code and what to do', async t => {
  const against: [Change, string][] = [
    [{ objects: damaged }, 'OBJECT_MISSING'],
    [{ identity: closed }, 'IDENTITY_WRONG'],
    [{ target: { databaseExists: true } }, 'RESTORE_TARGET_EXISTS'],
    [{ target: { mayCreateDatabase: false } }, 'PG_PRIVILEGE_MISSING'],
    [{ target: { serverMajor: 14 } }, 'RESTORE_BLOCKED'],
    [{ client: null }, 'PG_CLIENT_MISSING'],
    [{ missingExtensions: ['postgis', 'vector'] }, 'RESTORE_BLOCKED'],
    [{ target: { freeBytes: 499_999_999 } }, 'RESTORE_BLOCKED'],
    [{ target: { freeBytes: 0 } }, 'RESTORE_BLOCKED'],
    [{ missingRoles: ['app'] }, 'RESTORE_BLOCKED'],
    [{ backup: { ...clear.backup, extensions: ['timescaledb'] } }, 'RESTORE_BLOCKED']
  ]
  for (const [change, code] of against) {
    const { ok, problems } = plan(change)
    t.equal(ok, false, JSON.stringify(change))
    t.same(
      problems.map(problem => problem.code),
      [code],
      `only ${code}`
    )
    t.ok(problems[0]!.message && problems[0]!.hint, 'with message and hint')
  }
})

t.test('everything is said at once', async t => {
  t.same(
    codesOf({
      objects: damaged,
      identity: closed,
      client: null,
      missingExtensions: ['postgis'],
      missingRoles: ['app'],
      target: { databaseExists: true, mayCreateDatabase: false, serverMajor: 13, freeBytes: 1 }
    }),
    [
      'OBJECT_MISSING',
      'IDENTITY_WRONG',
      'RESTORE_TARGET_EXISTS',
      'PG_PRIVILEGE_MISSING',
      'RESTORE_BLOCKED',
      'PG_CLIENT_MISSING',
      'RESTORE_BLOCKED',
      'RESTORE_BLOCKED',
      'RESTORE_BLOCKED'
    ]
  )
})

t.test('what is missing is named', async t => {
  const messages = plan({
    missingExtensions: ['postgis', 'vector'],
    missingRoles: ['app', 'report'],
    target: { database: 'we"ird', databaseExists: true, host: 'db2', port: 6543 }
  }).problems.map(({ message }) => message)
  t.match(messages.join(' | '), /"we\\"ird" exists on db2:6543.*postgis, vector.*app, report/)
})

t.test('missing roles: fail, create or skip', async t => {
  const missingRoles = ['app', 'report']
  const create = plan({ missingRoles, options: { missingRoles: 'create', mode: 'new' } })
  t.ok(create.ok)
  t.same(create.rolesToCreate, missingRoles)
  t.match(create.warnings.join(), /without login and password/)
  const skip = plan({ missingRoles, options: { missingRoles: 'skip', mode: 'new' } })
  t.ok(skip.ok)
  t.same(skip.rolesToCreate, [])
  t.match(skip.warnings.join(), /Owners and grants are left out/)
  t.notOk(plan({ missingRoles }).ok)
  t.same(plan({ missingRoles }).rolesToCreate, [])
})

t.test('who may not create roles is stopped only where roles are to be created', async t => {
  const target = { mayCreateRoles: false }
  const create = { missingRoles: 'create', mode: 'new' } as const
  t.same(codesOf({ target, missingRoles: ['app'], options: create }), ['PG_PRIVILEGE_MISSING'])
  t.same(codesOf({ target, missingRoles: [], options: create }), [])
  t.same(
    codesOf({ target, missingRoles: ['app'], options: { missingRoles: 'skip', mode: 'new' } }),
    []
  )
})

t.test('no role is missing: the option changes nothing and warns of nothing', async t => {
  for (const missingRoles of ['create', 'skip', 'fail'] as const) {
    const { problems, warnings, rolesToCreate } = plan({ options: { missingRoles, mode: 'new' } })
    t.same([problems, warnings, rolesToCreate], [[], [], []], missingRoles)
  }
})

t.test('a newer server and unknown free space are warnings, not problems', async t => {
  const { ok, warnings } = plan({ target: { serverMajor: 17, freeBytes: null } })
  t.ok(ok)
  t.match(warnings.join(' | '), /Free space.*from PostgreSQL 15 to 17/)
  t.equal(warnings.length, 2)
})

t.test('another version of the collation library is a warning, an unknown one is not', async t => {
  const { ok, warnings } = plan({ target: { collationVersion: '2.41' } })
  t.ok(ok)
  t.match(warnings, [/2\.36 → 2\.41.*REINDEX/])
  t.same(plan({ target: { collationVersion: null } }).warnings, [])
})

t.test('what the backup warns of is said again', async t => {
  t.same(plan({ backup: { ...clear.backup, warnings: ['look out'] } }).warnings, ['look out'])
})

t.test('just enough space is enough', async t => {
  t.ok(plan({ target: { freeBytes: clear.backup.databaseBytes } }).ok)
})

t.test('the estimate goes by what was measured, and is never nothing', async t => {
  t.equal(plan({ measuredRate: 1_000_000 }).estimateSeconds, 400)
  t.equal(plan({ measuredRate: 399_999_999 }).estimateSeconds, 2, 'a begun second counts')
  t.equal(plan({ backup: { ...clear.backup, plainBytes: 0 } }).estimateSeconds, 1)
})

t.test('the same facts give the same plan, and stay as they were', async t => {
  const before = structuredClone(clear)
  t.same(makeRestorePlan(clear), makeRestorePlan(clear))
  t.same(clear, before)
})
