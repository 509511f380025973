import { access } from 'node:fs/promises'
import type { Json } from '@resguardo/api-client'
import t from 'tap'
import { query, superuserUrl } from '../support/postgres.ts'
import { expectNothingLeft, historyOf, startScene } from '../support/scene.ts'
import { until } from '../support/stack.ts'

t.test('a source that cannot be read', async t => {
  const scene = await startScene(t)
  const { stack, database, repository } = scene
  await stack.startWorker()
  const role = `limited_${Date.now()}`
  await query(superuserUrl(), `CREATE ROLE ${role} LOGIN PASSWORD 'x'`)
  t.teardown(() => query(superuserUrl(), `DROP ROLE ${role}`))
  const broken = {
    'wrong-password': [{ password: 'not this' }, 'PG_AUTH_FAILED', 1],
    'missing-database': [{ database: 'no_such_database' }, 'PG_DATABASE_MISSING', 1],
    'closed-port': [{ port: 1 }, 'PG_UNREACHABLE', 3],
    'no-rights': [{ user: role, password: 'x' }, 'PG_PRIVILEGE_MISSING', 1]
  } as const
  for (const [name, [change, code, attempts]] of Object.entries(broken)) {
    await t.test(name, async t => {
      const sourceId = await stack.source(name, database, change)
      const run = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
      await expectNothingLeft(t, scene, run, code)
      t.equal(run.attempt, attempts, 'retried only where that can help')
      t.notMatch(JSON.stringify(run), /not this/)
    })
  }
})

t.test('a password out of the environment that is not there', async t => {
  const { stack, database, repository } = await startScene(t)
  await stack.startWorker()
  const { host, port, user, database: name } = database.connection
  const { body } = await stack.call('POST', '/v1/sources', {
    name: 'by-env',
    host,
    port,
    user,
    database: name,
    passwordEnv: 'NOT_SET_ANYWHERE'
  })
  const run = await stack.runEnd((await stack.backup(body.id, repository.id)).id)
  t.match(run, {
    status: 'failed',
    error: { code: 'SECRET_REFERENCE_MISSING', message: /NOT_SET_ANYWHERE/ }
  })
})

t.test('a table dropped during the dump waits for it: the backup has it', async t => {
  const { stack, database, repository, sourceId } = await startScene(t)
  const slow = await stack.wrapTool(
    'pg_dump',
    '$REAL "$@" | (head -c 300000; touch "$0.started"; sleep 1; cat); exit $PIPESTATUS'
  )
  await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: slow })
  const { id } = await stack.backup(sourceId, repository.id)
  await until(() =>
    access(`${slow}/pg_dump.started`).then(
      () => true,
      () => false
    )
  )
  const dropped = database.query('DROP TABLE invoice CASCADE')
  const run = await stack.runEnd(id)
  await dropped
  t.equal(run.status, 'succeeded', JSON.stringify(run.error))
  t.equal(run.attempt, 1)
  const { body } = await stack.call('GET', `/v1/backups/${run.backupId}`)
  t.match(rowsOf(body, 'invoice'), { rows: 60000 })
})

t.test(
  'a table whose DROP came between the snapshot and the dump: the next attempt is without it',
  async t => {
    const { stack, database, repository, sourceId } = await startScene(t)
    const slow = await stack.wrapTool('pg_dump', 'touch "$0.started"; sleep 1; exec $REAL "$@"')
    await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: slow })
    const { id } = await stack.backup(sourceId, repository.id)
    await until(() =>
      access(`${slow}/pg_dump.started`).then(
        () => true,
        () => false
      )
    )
    const dropped = database.query('DROP TABLE invoice CASCADE')
    const run = await stack.runEnd(id)
    await dropped
    t.equal(run.status, 'succeeded', JSON.stringify(run.error))
    t.ok((await historyOf(stack, id)).includes('retry-scheduled'))
    const { body } = await stack.call('GET', `/v1/backups/${run.backupId}`)
    t.equal(rowsOf(body, 'invoice'), undefined)
  }
)

const rowsOf = (backup: Json, name: string) =>
  backup.manifest.tables.find((table: Json) => table.name === name)

t.test('a table locked by another session', async t => {
  const scene = await startScene(t)
  const { stack, database, repository, sourceId } = scene
  await stack.startWorker()
  const locked = database
    .query('BEGIN; LOCK TABLE customer IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)')
    .catch(() => {})
  await until(
    async () =>
      (
        await database.query(
          `SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'customer'::regclass`
        )
      ).length > 0
  )
  const run = await stack.runEnd(
    (await stack.backup(sourceId, repository.id, { options: { lockTimeoutMs: 200 } })).id
  )
  await expectNothingLeft(t, scene, run, 'PG_LOCK_TIMEOUT')
  await query(
    superuserUrl(),
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid() AND datname = $1`,
    [database.name]
  )
  await locked
})

t.test('odd names of databases, tables and roles survive the round trip', async t => {
  const { stack, database, repository } = await startScene(t)
  await stack.startWorker()
  const odd = `test_odd ' " \\ ; DROP é ${Date.now()}`
  const target = `${odd} copy`
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
  await query(superuserUrl(), `CREATE DATABASE ${quoted(odd)}`)
  t.teardown(async () => {
    for (const name of [odd, target])
      await query(superuserUrl(), `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
  })
  await query(
    superuserUrl(odd),
    `CREATE SCHEMA ${quoted('a "b" .c')}; CREATE TABLE ${quoted('a "b" .c')}.${quoted("x'; DROP TABLE y; --")} AS SELECT generate_series(1, 10) AS ${quoted('col "1"')}`
  )
  const sourceId = await stack.source('odd', database, { database: odd })
  const run = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
  t.equal(run.status, 'succeeded', JSON.stringify(run.error))
  const restored = await stack.restore(run.backupId, target)
  t.equal(restored.run.status, 'succeeded', JSON.stringify(restored.run.error))
  t.match(
    await query(
      superuserUrl(target),
      `SELECT count(*)::int AS n FROM ${quoted('a "b" .c')}.${quoted("x'; DROP TABLE y; --")}`
    ),
    [{ n: 10 }]
  )
})
