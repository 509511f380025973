import t from 'tap'
import { outcomeOf, startScene } from './support.ts'

const kind = 'row-counts'
const sql = `
  CREATE SCHEMA "odd.one"; CREATE TABLE "odd.one"."a.b" (n int); INSERT INTO "odd.one"."a.b" SELECT generate_series(1, 20);
  CREATE TABLE a (n int); INSERT INTO a SELECT generate_series(1, 100);
  CREATE TABLE empty ();
  CREATE TYPE mood AS ENUM ('good', 'bad');
  CREATE TABLE by_mood (mood mood) PARTITION BY HASH (mood);
  CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO by_mood VALUES ('good'), ('bad');
  CREATE TABLE ranges (n int) PARTITION BY RANGE (n);
  CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES FROM (0) TO (10); INSERT INTO ranges VALUES (1), (2);
  CREATE TABLE parent (n int); CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (1);
  CREATE MATERIALIZED VIEW m AS SELECT n FROM a WHERE n < 11;
  SELECT lo_create(0), lo_create(0)`

t.test('what was counted is there', async t => {
  const { context } = await startScene(t, sql)
  const expected = '8 tables, 125 rows, 2 large objects'
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'passed',
    expected,
    actual: `${expected}: 0 differences`,
    details: []
  })
})

const faults: [string, string, string][] = [
  ['rows missing', 'DELETE FROM a WHERE n = 7', 'public.a has 99 rows, the backup 100'],
  ['rows too many', 'INSERT INTO by_mood VALUES (NULL)', 'public.by_mood has 3 rows, the backup 2'],
  [
    'a table missing',
    'DROP TABLE "odd.one"."a.b"',
    'odd.one.a.b is missing, the backup has 20 rows'
  ],
  [
    'a partition missing',
    'DROP TABLE ranges_1',
    'public.ranges_1 is missing, the backup has 2 rows'
  ],
  ['a table too many', 'CREATE TABLE more ()', 'public.more is not in the backup'],
  [
    'a view without its rows',
    'REFRESH MATERIALIZED VIEW m WITH NO DATA',
    'public.m is missing or was not refreshed'
  ],
  [
    'a large object missing',
    'SELECT lo_unlink(min(oid)) FROM pg_largeobject_metadata',
    '1 large object, the backup has 2'
  ]
]

for (const [name, fault, detail] of faults) {
  t.test(`${name}: failed`, async t => {
    const { context } = await startScene(t, sql, {}, fault)
    t.match(await outcomeOf(context, { kind }), {
      outcome: 'failed',
      actual: /: 1 difference$/,
      details: [detail]
    })
  })
}

t.test('a materialised view may have other rows than it had', async t => {
  const fault = 'REFRESH MATERIALIZED VIEW stale'
  const { context } = await startScene(
    t,
    `${sql}; CREATE MATERIALIZED VIEW stale AS SELECT * FROM a; UPDATE a SET n = -n; INSERT INTO a VALUES (101)`,
    {},
    fault
  )
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'passed',
    expected: '9 tables, 126 rows, 2 large objects'
  })
})

t.test('a wrong count in the manifest: failed', async t => {
  const { context } = await startScene(t, sql)
  context.manifest.tables.find(({ name }) => name === 'empty')!.rows = 1
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'failed',
    details: ['public.empty has 0 rows, the backup 1']
  })
})

t.test('a database that cannot be read: errored', async t => {
  const { context } = await startScene(t, sql)
  const database = { ...context.database, password: 'wrong' }
  t.match(await outcomeOf({ ...context, database }, { kind }), {
    outcome: 'errored',
    error: { code: 'PG_AUTH_FAILED' }
  })
})
