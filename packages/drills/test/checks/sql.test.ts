import t from 'tap'
import { until } from '../../../../test/support/stack.ts'
import { outcomeOf, startScene } from './support.ts'

const kind = 'sql'
const sql = `CREATE TABLE sale (id int, total numeric(12,2), at timestamptz, note text);
  INSERT INTO sale VALUES (1, 40, '2026-11-19 22:00+00', 'first'), (2, 2.00, '2026-11-20 01:30+00', NULL)`

/** Query, what it must give, and how that ends. */
const answers: [string, object, 'passed' | 'failed' | 'errored', string?][] = [
  ['SELECT count(*) FROM sale', { equals: 2 }, 'passed', '2'],
  ['SELECT sum(total) FROM sale', { equals: 42 }, 'passed', '42.00'],
  ['SELECT sum(total) FROM sale', { equals: '42' }, 'failed', '42.00'],
  ['SELECT count(*) FROM sale', { equals: 3 }, 'failed', '2'],
  ['SELECT note FROM sale ORDER BY id', { equals: 'first' }, 'passed'],
  ['SELECT note FROM sale ORDER BY id DESC', { equals: 'first' }, 'failed', 'NULL'],
  ['SELECT true', { equals: true }, 'passed', 't'],
  ['SELECT false', { equals: true }, 'failed', 'f'],
  ['SELECT 1 WHERE false', { equals: 1 }, 'failed', 'no row'],
  ['SELECT sum(total) FROM sale', { atLeast: 42 }, 'passed'],
  ['SELECT sum(total) FROM sale', { atLeast: 42.01 }, 'failed', '42.00'],
  ['SELECT max(total) FROM sale WHERE false', { atLeast: 0 }, 'failed', 'NULL'],
  [`SELECT 'many'`, { atLeast: 0 }, 'errored'],
  [`SELECT ''`, { atMost: 0 }, 'errored'],
  [`SELECT 'NaN'::numeric`, { atMost: 5 }, 'failed', 'NaN'],
  ['SELECT 5', { atMost: 5 }, 'passed'],
  ['SELECT 5', { atMost: 4 }, 'failed'],
  ['SELECT 5', { between: [5, 6] }, 'passed'],
  ['SELECT 6', { between: [5, 6] }, 'passed'],
  ['SELECT 7', { between: [5, 6] }, 'failed'],
  ['SELECT 4', { between: [5, 6] }, 'failed'],
  ['SELECT 1 FROM sale WHERE total < 0', { empty: true }, 'passed', 'no row'],
  ['SELECT note FROM sale WHERE id = 2', { empty: true }, 'failed', 'NULL'],
  ['SELECT note FROM sale ORDER BY id', { matches: '^fi' }, 'passed'],
  ['SELECT note FROM sale ORDER BY id', { matches: '^st' }, 'failed', 'first'],
  ['SELECT NULL', { matches: '.*' }, 'failed', 'NULL'],
  ['SELECT note FROM sale', { matches: '(' }, 'errored'],
  [
    'SELECT max(at) FROM sale',
    { notOlderThan: '30m' },
    'passed',
    '2026-11-20 01:30:00+00, 0.5 h old'
  ],
  [
    'SELECT min(at) FROM sale',
    { notOlderThan: '3h' },
    'failed',
    '2026-11-19 22:00:00+00, 4.0 h old'
  ],
  [
    `SELECT '2026-11-20 03:30'::timestamp`,
    { notOlderThan: '1m' },
    'passed',
    '2026-11-20 03:30:00, -1.5 h old'
  ],
  [`SELECT date '2026-11-12'`, { notOlderThan: '1w' }, 'failed'],
  [`SELECT date '2026-11-13'`, { notOlderThan: '1w' }, 'failed'],
  [`SELECT date '2026-11-14'`, { notOlderThan: '1w' }, 'passed'],
  ['SELECT max(at) FROM sale WHERE false', { notOlderThan: '1y' }, 'failed', 'NULL'],
  ['SELECT note FROM sale ORDER BY id', { notOlderThan: '1y' }, 'errored'],
  ['SELEC 1', { equals: 1 }, 'errored'],
  ['SELECT 1 FROM nowhere', { equals: 1 }, 'errored'],
  ['SELECT nothing FROM sale', { equals: 1 }, 'errored'],
  ['SELECT 1 / 0', { equals: 1 }, 'errored'],
  ['SELECT 1; -- done', { equals: 1 }, 'passed'],
  ['SELECT 1; SELECT 2', { equals: 1 }, 'errored'],
  ['SELECT 1; COMMIT; DROP TABLE sale', { equals: 1 }, 'errored'],
  ['DELETE FROM sale', { empty: true }, 'errored']
]

t.test('answers and expectations', async t => {
  const { database, context } = await startScene(t, sql)
  for (const [query, expect, outcome, actual] of answers) {
    const record = await outcomeOf(context, { kind, name: 'a-query', query, expect })
    const name = `${query} ${JSON.stringify(expect)}: ${outcome}`
    t.match(record, { name: 'a-query', query, outcome, ...(actual ? { actual } : {}) }, name)
    if (outcome === 'errored')
      t.match(
        record.error,
        { code: 'VALIDATION_FAILED', hint: /\w/ },
        String(record.error?.message)
      )
  }
  t.same(await database.query('SELECT count(*)::int AS n FROM sale'), [{ n: 2 }], 'nothing written')
})

t.test('a-query that writes is refused, whatever hides it', async t => {
  const { context } = await startScene(
    t,
    `${sql}; CREATE SEQUENCE numbers; CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'DELETE FROM sale RETURNING id'`
  )
  for (const query of [`SELECT nextval('numbers')`, 'SELECT write()'])
    t.match(
      await outcomeOf(context, { kind, name: 'w', query, expect: { equals: 1 } }),
      {
        outcome: 'errored',
        error: { code: 'VALIDATION_FAILED', message: /read-only transaction/ }
      },
      query
    )
})

t.test("a row-hungry query does not enter the worker's memory", async t => {
  const { context } = await startScene(t, '')
  const query = `SELECT repeat('x', 100) FROM generate_series(1, 100000) a, generate_series(1, 100000) b`
  t.match(await outcomeOf(context, { kind, name: 'many', query, expect: { matches: '^x+$' } }), {
    outcome: 'passed'
  })
})

t.test('missing privileges and a lost database are told as such', async t => {
  const { database, context } = await startScene(t, sql)
  const role = database.name
  await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'weak'`)
  t.teardown(() => database.query(`DROP ROLE ${role}`))
  const check = { kind, name: 'p', query: 'SELECT id FROM sale', expect: { equals: 1 } } as const
  const weak = { ...context.database, user: role, password: 'weak' }
  t.match(await outcomeOf({ ...context, database: weak }, check), {
    outcome: 'errored',
    error: { code: 'PG_PRIVILEGE_MISSING', hint: /GRANT SELECT ON sale/ }
  })
  const running = outcomeOf(context, { ...check, query: 'SELECT 1 FROM pg_sleep(600)' })
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
  await until(async () => (await database.query(end)).length > 0)
  t.match(await running, { outcome: 'errored', error: { code: 'PG_UNREACHABLE' } })
})
