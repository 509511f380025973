import t, { type Test } from 'tap'
import { createDatabase, query, superuserUrl, type TestDatabase } from '../support/postgres.ts'
import { spoolDirectory } from '../support/spool.ts'
import { startStack } from '../support/stack.ts'

const everything = [
  { kind: 'starts' },
  { kind: 'restores-clean' },
  { kind: 'row-counts' },
  { kind: 'content-hash' },
  { kind: 'schema' },
  { kind: 'amcheck', heapAllIndexed: true }
]
const passed = { drill: { outcome: 'passed' }, backup: { state: 'available' } }
const blames = (outcome: 'failed' | 'errored', message: RegExp, code = /./) => ({
  drill: { outcome, reason: { code, message } },
  backup: { state: outcome === 'failed' ? 'damaged' : 'available' }
})

/** A stack whose `drilled` backs a database up and drills it with every check. */
async function live(t: Test) {
  const stack = await startStack(t)
  const spool = await spoolDirectory(t)
  await stack.startWorker({ RESGUARDO_SPOOL_DIR: spool, RESGUARDO_RETRY_DELAY_MS: '0' })
  const repository = await stack.localRepository()
  const { must } = stack
  let count = 0
  /** `between` is done after the backup and before the drill. */
  return async function drilled(database: TestDatabase, between = async () => {}) {
    const name = `odd-${++count}`
    const policy = await must('POST', '/v1/policies', {
      name,
      sourceId: await stack.source(name, database),
      repositoryId: repository.id,
      options: { contentHash: 'full' },
      drill: { checks: everything }
    })
    const backup = await stack.runEnd(
      (await must('POST', `/v1/policies/${policy.id}/backups`, {})).id
    )
    if (backup.status !== 'succeeded') throw new Error(JSON.stringify(backup.error))
    await between()
    const { id } = await stack.runEnd(
      (await must('POST', `/v1/policies/${policy.id}/drills`, {})).id
    )
    return {
      drill: await must('GET', `/v1/drills/${id}`),
      evidence: await must('GET', `/v1/evidence/${id}`),
      backup: await must('GET', `/v1/backups/${backup.backupId}`)
    }
  }
}

/** Something of the whole server, which another test may have made, too. */
async function ofServer(t: Test, create: string, drop: string) {
  await query(superuserUrl(), create)
  t.teardown(() => query(superuserUrl(), drop).catch(() => {}))
}

t.test('what the worker lacks or keeps from reaching out is no fault of the backup', async t => {
  const drilled = await live(t)

  await t.test('a tablespace', async t => {
    const database = await createDatabase(t)
    await database.query(`ALTER DATABASE ${database.name} SET allow_in_place_tablespaces = on`)
    await database.query(`CREATE TABLESPACE odd_space LOCATION ''`)
    await database.query('CREATE TABLE a (i int PRIMARY KEY) TABLESPACE odd_space')
    t.match(await drilled(database), passed)
    await database.query('DROP TABLE a')
    await query(superuserUrl(), 'DROP TABLESPACE odd_space')
  })

  await t.test('roles with attributes and memberships', async t => {
    await ofServer(t, 'CREATE ROLE odd_boss SUPERUSER', 'DROP ROLE odd_boss')
    await ofServer(
      t,
      'CREATE ROLE odd_group; CREATE ROLE odd_member IN ROLE odd_group',
      'DROP ROLE odd_member; DROP ROLE odd_group'
    )
    const database = await createDatabase(
      t,
      `CREATE TABLE a (i int); INSERT INTO a VALUES (1); GRANT SELECT ON a TO odd_group;
       CREATE VIEW v AS SELECT * FROM a; ALTER VIEW v OWNER TO odd_boss;
       CREATE VIEW w AS SELECT * FROM a; ALTER VIEW w OWNER TO odd_member;
       CREATE MATERIALIZED VIEW m AS SELECT * FROM v UNION ALL SELECT * FROM w;
       CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e();
       ALTER FUNCTION e() OWNER TO odd_boss; ALTER EVENT TRIGGER e OWNER TO odd_boss`
    )
    t.match(await drilled(database), passed)
  })

  await t.test('a library of functions in C', async t => {
    const database = await createDatabase(
      t,
      `CREATE FUNCTION f(text, text) RETURNS int LANGUAGE internal AS 'bttextcmp';
       UPDATE pg_proc SET prolang = (SELECT oid FROM pg_language WHERE lanname = 'c'), probin = '$libdir/nowhere', prosrc = 'f'
       WHERE proname = 'f'; CREATE TABLE a (i int)`
    )
    t.match(
      await drilled(database),
      blames('errored', /could not access file .*nowhere/, /PG_LIBRARY_MISSING/)
    )
  })

  await t.test('a foreign server is never logged in to', async t => {
    const remote = await createDatabase(
      t,
      `CREATE SEQUENCE touched; CREATE FUNCTION touch() RETURNS bigint LANGUAGE sql AS
       $$SELECT nextval('public.touched')$$; CREATE VIEW v AS SELECT public.touch() AS i`
    )
    const { host, port, user } = remote.connection
    const database = await createDatabase(
      t,
      `CREATE EXTENSION postgres_fdw; CREATE SERVER prod FOREIGN DATA WRAPPER postgres_fdw
         OPTIONS (host '${host}', port '${port}', dbname '${remote.name}');
       CREATE USER MAPPING FOR CURRENT_USER SERVER prod OPTIONS (user '${user}', password '${remote.password}');
       CREATE FOREIGN TABLE f (i bigint) SERVER prod OPTIONS (table_name 'v');
       CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM f`
    )
    const touched = () => remote.query('SELECT last_value, is_called FROM touched')
    let before: unknown
    const result = await drilled(database, async () => {
      before = await touched()
    })
    t.match(result, blames('errored', /user mapping not found/))
    t.same(await touched(), before)
  })
})

t.test('what the backup is to blame for', async t => {
  const drilled = await live(t)

  await t.test('a name that pg_restore cannot find', async t => {
    const database = await createDatabase(
      t,
      `CREATE TABLE a (i int); CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a';
       CREATE MATERIALIZED VIEW m AS SELECT f()`
    )
    t.match(await drilled(database), blames('failed', /relation "a" does not exist/))
  })

  await t.test('a warning of the server while it restores; no row is in the evidence', async t => {
    const database = await createDatabase(
      t,
      `CREATE FUNCTION odd(text) RETURNS boolean LANGUAGE plpgsql AS
         'BEGIN RAISE WARNING ''a row is odd''; RETURN true; END';
       CREATE TABLE a (card text CHECK (odd(card))); INSERT INTO a VALUES ('4111 1111');
       CREATE PUBLICATION p FOR TABLE a`
    )
    const { drill, evidence } = await drilled(database)
    t.match(drill, {
      outcome: 'failed',
      reason: { message: /restores-clean: .*1 unknown warning/ }
    })
    t.match(evidence.checks[1], { details: [/^WARNING: +a row is odd/] })
    t.notMatch(JSON.stringify(evidence), /4111/)
  })
})
