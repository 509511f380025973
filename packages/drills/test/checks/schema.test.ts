import t from 'tap'
import { manifestOf, outcomeOf, startScene } from './support.ts'

const kind = 'schema'
const sql = `CREATE TABLE a (id int PRIMARY KEY, t text); CREATE INDEX a_t ON a (t);
  CREATE VIEW v AS SELECT t FROM a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`

t.test('the same schema passes, whatever its rows', async t => {
  const { context } = await startScene(t, sql, {}, `INSERT INTO a VALUES (1, 'x')`)
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed', details: [] })
})

t.test('missing, different and unknown objects are named', async t => {
  const { context } = await startScene(
    t,
    sql,
    {},
    `DROP INDEX a_t; ALTER TABLE a ADD more int; CREATE TABLE b (); CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'`
  )
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'failed',
    actual: /: 5 differences$/,
    details: [
      'function public.f(): different',
      'index public.a_t: missing',
      'rights of table public.b: not in the source',
      'table public.a: different',
      'table public.b: not in the source'
    ]
  })
})

t.test('grants count where all roles of the backup are there', async t => {
  const { database, context } = await startScene(t, sql, {}, 'GRANT SELECT ON a TO pg_monitor')
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'failed',
    details: ['rights of table public.a: different']
  })
  const manifest = { ...context.manifest, roles: ['postgres', 'gone_role'] }
  t.match(await outcomeOf({ ...context, manifest }, { kind }), {
    outcome: 'passed',
    expected: /roles are missing/
  })
  await database.query('DROP VIEW v')
  t.match(await outcomeOf({ ...context, manifest }, { kind }), {
    outcome: 'failed',
    details: ['view public.v: missing']
  })
})

t.test('public where the source had none is no difference', async t => {
  const { database, context } = await startScene(
    t,
    'DROP SCHEMA public',
    {},
    'CREATE SCHEMA public'
  )
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed' })
  const manifest = await manifestOf(context.database)
  await database.query('DROP SCHEMA public')
  t.match(
    await outcomeOf({ ...context, manifest }, { kind }),
    { outcome: 'failed', details: [/schema public/, /schema public: missing/] },
    'but the other way round it is'
  )
})

t.test('nothing to compare with: errored, with a hint', async t => {
  const { context } = await startScene(t, sql)
  for (const [change, hint] of [
    [{ schemaObjects: undefined }, /Backups made from now on do/],
    [
      { selection: { schemas: ['a'], tables: [], excludeSchemas: [], excludeTables: [] } },
      /out of the plan/
    ],
    [{ source: { serverVersionNum: 90_624 } }, /scratch/]
  ] as const) {
    const manifest = { ...context.manifest, ...change } as typeof context.manifest
    t.match(await outcomeOf({ ...context, manifest }, { kind }), {
      outcome: 'errored',
      error: { code: 'VALIDATION_FAILED', hint }
    })
  }
})
