import { findClientPrograms } from '@resguardo/pg-tools'
import t from 'tap'
import { startEngine } from '../../../test/support/engine.ts'
import { newName, rowsOf, testSource } from './support.ts'

const clients = await findClientPrograms()
const sql = `
  CREATE TABLE a (n int); INSERT INTO a SELECT generate_series(1, 10);
  CREATE MATERIALIZED VIEW stale AS SELECT n FROM a;
  CREATE MATERIALIZED VIEW other_rows AS SELECT n * 2 AS n FROM a;
  CREATE MATERIALIZED VIEW refreshed_at AS SELECT now() AS at;
  CREATE MATERIALIZED VIEW empty AS SELECT n FROM a WITH NO DATA;
  INSERT INTO a VALUES (11); UPDATE a SET n = 12 WHERE n = 1`
const views = ['other_rows', 'refreshed_at', 'stale']

t.test('stale and time-dependent ones are refreshed by a restore, and not compared', async t => {
  const engine = await startEngine(t, clients)
  const source = await testSource(t, sql)
  const manifest = await engine.backup(source, { contentHash: 'full' })
  const listed = manifest.tables.filter(({ kind }) => kind === 'm')
  t.same(
    listed.map(({ name, contentHash }) => [name, contentHash]),
    views.map(name => [name, undefined])
  )
  const target = newName(t, source)
  const result = await engine.restore(manifest, target)
  t.match(result, { tables: 4, rows: 11 }, 'only rows of tables are said to be restored')
  t.same(await rowsOf(target, 'SELECT max(n) FROM stale'), [{ max: 12 }])

  await t.test('nor where an older backup has hashes of them', async t => {
    const tables = manifest.tables.map(table =>
      table.kind === 'm' ? { ...table, rows: 99, contentHash: '99' } : table
    )
    await engine.restore({ ...manifest, tables }, newName(t, source))
  })
  await t.test('but they must be there', async t => {
    for (const name of ['empty', 'gone']) {
      const more = { schema: 'public', name, kind: 'm' as const, rows: 0, bytes: 0 }
      const tables = [...manifest.tables, more]
      await t.rejects(engine.restore({ ...manifest, tables }, newName(t, source)), {
        code: 'RESTORE_COUNT_MISMATCH',
        message: `public.${name} is missing or was not refreshed`
      })
    }
  })
})

t.test('one that reads an unfilled one, through a view, comes back unfilled', async t => {
  const engine = await startEngine(t, clients)
  const source = await testSource(
    t,
    `${sql}; CREATE VIEW between AS SELECT * FROM stale; CREATE MATERIALIZED VIEW above AS SELECT * FROM between;
     REFRESH MATERIALIZED VIEW stale WITH NO DATA`
  )
  const manifest = await engine.backup(source)
  const target = newName(t, source)
  await engine.restore(manifest, target)
  t.same(
    manifest.tables.filter(({ kind }) => kind === 'm').map(({ name }) => name),
    ['other_rows', 'refreshed_at']
  )
  t.same(
    await rowsOf(
      target,
      `SELECT relname FROM pg_class WHERE relkind = 'm' AND relispopulated ORDER BY 1`
    ),
    [{ relname: 'other_rows' }, { relname: 'refreshed_at' }]
  )
})
