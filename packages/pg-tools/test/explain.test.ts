import { runText, type Stage, StageError } from '@resguardo/processes'
import { AppError, type Code } from '@resguardo/shared'
import t from 'tap'
import { createDatabase } from '../../../test/support/postgres.ts'
import {
  connect,
  explainPgError,
  explainStage,
  freePort,
  pgDumpStage,
  withConnection
} from '../src/index.ts'
import { client, psqlStage, testRole, testTarget } from './support.ts'

const where = { host: 'db', port: 5432, database: 'shop' }
const explained = (stage: Stage): Promise<AppError> =>
  runText([stage]).then(text => {
    throw new Error(`it went well: ${text}`)
  }, explainStage)

t.test('why a connection failed: the same for our own and for the tools', async t => {
  const target = await testTarget(t)
  const role = await testRole(t)
  const closed = await freePort()
  const failures: [Code, boolean, object][] = [
    ['PG_AUTH_FAILED', false, { password: 'hunter2' }],
    ['PG_AUTH_FAILED', false, { user: 'nobody-of-that-name', password: 'hunter2' }],

    ['PG_DATABASE_MISSING', false, { database: 'no-such-database' }],
    ['PG_UNREACHABLE', true, { port: closed }],
    ['PG_UNREACHABLE', true, { host: '/no/such/directory' }]
  ]
  for (const [code, retryable, change] of failures) {
    const wrong = { ...target, ...role, ...change }
    const what = JSON.stringify(change)
    const ours = await connect(wrong).catch(error => error)
    t.match(ours, { code, retryable }, `${what}: ours, got ${ours.code} ${ours.message}`)
    const tools = await explained(psqlStage(wrong, 'SELECT 1'))
    t.match(tools, { code, retryable }, `${what}: psql's, got ${tools}`)
    t.notMatch(`${ours.message} ${tools.message}`, /hunter2/)
  }
})

t.test('why a statement failed: the same for our own and for the tools', async t => {
  const database = await createDatabase(
    t,
    'CREATE TABLE secret (id int); CREATE TABLE held (id int)'
  )
  const target = { ...database.connection, password: database.password }
  const holder = await connect(target)
  t.teardown(() => holder.end())
  await holder.query('BEGIN; LOCK TABLE held')
  const role = await testRole(t)
  const failures: [Code, object, string][] = [
    ['PG_PRIVILEGE_MISSING', role, 'SELECT * FROM secret'],
    ['PG_PRIVILEGE_MISSING', role, 'CREATE DATABASE x'],
    ['PG_PRIVILEGE_MISSING', role, 'ALTER TABLE secret ADD x int'],
    ['PG_TABLE_CHANGED', {}, 'SELECT * FROM gone'],
    ['PG_LOCK_TIMEOUT', {}, `SET lock_timeout = 1; SELECT * FROM held`],
    ['PG_LOCK_TIMEOUT', {}, 'BEGIN; LOCK TABLE held NOWAIT'],
    ['PG_UNREACHABLE', {}, 'SELECT pg_terminate_backend(pg_backend_pid())'],
    ['PG_TOOL_FAILED', {}, 'SELECT 1/0']
  ]
  for (const [code, as, sql] of failures) {
    const by = { ...target, ...as }
    await t.rejects(
      withConnection(by, one => one.query(sql)),
      { code },
      `ours: ${sql}`
    )
    t.match(await explained(psqlStage(by, sql)), { code }, `psql's: ${sql}`)
  }
})

t.test("pg_dump's own refusals", async t => {
  const target = await testTarget(t)
  const holder = await connect(target)
  t.teardown(() => holder.end())
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  const snapshot = (await holder.query('SELECT pg_export_snapshot() AS id')).rows[0].id
  const dump = (change: object) =>
    explained(pgDumpStage(client, target, { snapshot, lockTimeoutMs: 1_000, ...change }))
  t.match(await dump({ tables: ['gone'] }), {
    code: 'PG_TABLE_CHANGED',
    message: /pg_dump exited with 1.*no matching tables/
  })
  t.match(await dump({ snapshot: '00000000-00000000-1' }), { code: 'PG_TOOL_FAILED' })
})

t.test('messages of situations that are hard to make', async t => {
  const messages: [string, Code][] = [
    ['pg_dump: error: aborting because of server version mismatch', 'PG_CLIENT_MISSING'],
    ['no pg_hba.conf entry for host "10.0.0.7", user "app", no encryption', 'PG_AUTH_FAILED'],
    ['role "app" is not permitted to log in', 'PG_AUTH_FAILED'],
    ['FATAL:  the database system is starting up', 'PG_UNREACHABLE'],
    ['FATAL:  the database system is shutting down', 'PG_UNREACHABLE'],
    ['terminating connection due to administrator command', 'PG_UNREACHABLE'],
    ['server closed the connection unexpectedly', 'PG_UNREACHABLE'],
    ['connection to server at "db", port 5432 failed: timeout expired', 'PG_UNREACHABLE'],
    ['could not open relation with OID 16389', 'PG_TABLE_CHANGED'],
    ['cache lookup failed for relation 16389', 'PG_TABLE_CHANGED'],
    ['canceling statement due to lock timeout', 'PG_LOCK_TIMEOUT'],
    ['invalid locale name: "en_US.utf8"', 'PG_LOCALE_MISSING'],
    ['invalid LC_COLLATE locale name: "en_US.utf8"', 'PG_LOCALE_MISSING'],
    ['could not create locale "en_US.utf8": No such file or directory', 'PG_LOCALE_MISSING'],
    ['collation "pg_catalog.en_US.utf8" for encoding "UTF8" does not exist', 'PG_LOCALE_MISSING'],
    ['tablespace "fast" does not exist', 'PG_TABLESPACE_MISSING'],
    ['could not access file "$libdir/postgis-3": No such file', 'PG_LIBRARY_MISSING'],
    ['extension "postgis" is not available', 'PG_LIBRARY_MISSING'],
    ['could not open stop-word file "/usr/share/x.stop": No such file', 'PG_LIBRARY_MISSING'],
    ['must be owner of extension postgis', 'PG_PRIVILEGE_MISSING'],
    ['query would be affected by row-level security policy for table "t"', 'PG_PRIVILEGE_MISSING'],
    ['something that nobody foresaw', 'PG_TOOL_FAILED']
  ]
  for (const [text, code] of messages) {
    t.match(explainStage(new StageError('pg_dump', 1, null, text)), { code }, text)
    t.match(explainPgError(new Error(text), where), { code }, text)
  }
})

t.test(
  'what pg_restore cannot find is missing in the archive: nobody changes it meanwhile',
  async t => {
    for (const text of ['relation "a" does not exist', 'role "app" does not exist'])
      t.match(explainStage(new StageError('pg_restore', 1, null, `ERROR:  ${text}`)), {
        code: 'PG_TOOL_FAILED'
      })
  }
)

t.test('a refusal says what to grant', async t => {
  const hints: [string, RegExp][] = [
    ['permission denied for table orders', /GRANT SELECT ON orders .*pg_read_all_data/],
    ['permission denied for sequence orders_id_seq', /GRANT SELECT ON SEQUENCE orders_id_seq/],
    ['permission denied for schema private', /GRANT USAGE ON SCHEMA private/],
    ['permission denied for large object 16402', /GRANT SELECT ON LARGE OBJECT 16402/],
    ['permission denied for function total', /GRANT EXECUTE ON FUNCTION total/],
    ['permission denied for database shop', /GRANT CONNECT, TEMPORARY ON DATABASE shop/],
    ['permission denied to create database', /CREATEDB/],
    ['query would be affected by row-level security policy for table "t"', /BYPASSRLS.*"t"/],
    ['must be owner of extension postgis', /GRANT the role that owns postgis/],
    ['must be member of role "shop_owner"', /GRANT "shop_owner" TO/],
    ['must be able to SET ROLE "shop_owner"', /GRANT "shop_owner" TO/],
    ['must be superuser to create this extension', /Connect as a superuser/],
    ['permission denied: something new', /Grant the role what the message names/]
  ]
  for (const [text, hint] of hints) {
    t.match(explainStage(new StageError('pg_dump', 1, null, text)), { hint }, text)
    t.match(explainPgError(new Error(text), where), { hint }, text)
  }
})

t.test('the most specific meaning wins where a message holds several', async t => {
  const refused =
    'connection to server at "db" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed for user "app"'
  t.match(explainStage(new StageError('psql', 2, null, refused)), { code: 'PG_AUTH_FAILED' })
  const missing =
    'connection to server at "db", port 5432 failed: FATAL:  database "shop" does not exist'
  t.match(explainStage(new StageError('pg_dumpall', 1, null, missing)), {
    code: 'PG_DATABASE_MISSING'
  })
})

t.test('only what PostgreSQL says is read that way', async t => {
  const full = 'zstd: permission denied'
  t.match(explainStage(new StageError('zstd', 1, null, full)), { code: 'TOOL_FAILED' })
  t.match(explainStage(new StageError('pg_dump', null, 'SIGKILL', '')), { code: 'PG_TOOL_FAILED' })
  t.match(explainStage(new TypeError('a bug')), { code: 'INTERNAL', message: 'a bug' })
})

t.test('where it happened is said, and what is known already stays', async t => {
  const cause = new Error('boom')
  const error = explainPgError(cause, { ...where, database: 'we"ird' })
  t.equal(error.message, 'PostgreSQL at db:5432, database "we\\"ird": boom')
  t.equal(error.cause, cause)
  const known = new AppError('RUN_CANCELLED', 'x')
  t.equal(explainPgError(known, where), known)
  t.equal(explainStage(known), known)
})

t.test('of several addresses that refuse the last one is told', async t => {
  const both = new AggregateError([
    Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  ])
  t.match(explainPgError(both, where), { code: 'PG_UNREACHABLE', message: /127\.0\.0\.1:5432$/ })
})
