import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import t from 'tap'
import { createDatabase, type TestDatabase } from '../../../test/support/postgres.ts'
import { migrate } from '../src/index.ts'

const dir = fileURLToPath(new URL('../migrations', import.meta.url))
const all = readdirSync(dir).map(name => name.replace(/\.sql$/, ''))

/** Everything of ours that is in the database. */
const objects = async (database: TestDatabase) =>
  (
    await database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`
    )
  ).map(({ name }) => name)

t.test('applies every migration once, in order; a second time nothing', async t => {
  const database = await createDatabase(t)
  t.same(await migrate(database.url), all)
  const after = await objects(database)
  t.ok(after.includes('runs') && after.includes('audit_log'))
  t.same(await migrate(database.url), [])
  t.same(await objects(database), after)
})

t.test('several at once: one migrates, the others find it done', async t => {
  const { url } = await createDatabase(t)
  const applied = await Promise.all(Array.from({ length: 6 }, () => migrate(url)))
  t.same(
    applied.filter(names => names.length > 0),
    [all]
  )
})

t.test('waits for whoever holds the lock and touches nothing before', async t => {
  const database = await createDatabase(t)
  const holder = new pg.Client({ connectionString: database.url })
  await holder.connect()
  t.teardown(() => holder.end())
  await holder.query('SELECT pg_advisory_lock(7236451902)')
  let ended = false
  const migrating = migrate(database.url).finally(() => {
    ended = true
  })
  for (let waiting = 0; waiting === 0 && !ended; ) {
    const [row] = await database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_locks
       WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    )
    waiting = row!.n
  }
  t.same(await objects(database), [], 'nothing is there while it waits')
  await holder.query('SELECT pg_advisory_unlock_all()')
  t.same(await migrating, all)
})

t.test('a migration that fails leaves the ones before it, and the next start goes on', async t => {
  const database = await createDatabase(t, 'CREATE TABLE api_keys (mine int)')
  await t.rejects(migrate(database.url), /"api_keys" already exists/)
  t.notOk((await objects(database)).includes('audit_log'), 'its own work is undone')
  await database.query('DROP TABLE api_keys')
  const applied = await migrate(database.url)
  t.same(applied, all.slice(-applied.length))
  t.ok((await objects(database)).includes('audit_log'))
})

t.test('the way down removes everything that the way up made', async t => {
  const database = await createDatabase(t)
  await migrate(database.url)
  await runner({
    databaseUrl: database.url,
    dir,
    direction: 'down',
    count: Number.POSITIVE_INFINITY,
    migrationsTable: 'schema_migrations',
    log: () => {}
  })
  t.same(
    (await objects(database)).filter(name => !name.startsWith('schema_migrations')),
    []
  )
  t.same(await migrate(database.url), all, 'and up again')
})
