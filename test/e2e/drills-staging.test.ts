import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '@resguardo/api-client'
import t, { type Test } from 'tap'
import {
  createDatabase,
  databasesLike,
  query,
  superuserUrl,
  type TestDatabase
} from '../support/postgres.ts'
import { startStack } from '../support/stack.ts'

const admin = (sql: string) => query(superuserUrl(), sql)
const rolesLike = async (pattern: string) =>
  (await admin(`SELECT rolname FROM pg_roles WHERE rolname ~ '${pattern}'`)).map(
    ({ rolname }) => rolname as string
  )

/** A stack with a directory of programs, whose `policyOf` also makes a good backup unless it is told not to. */
async function live(t: Test) {
  const stack = await startStack(t)
  const dir = async (name: string) => {
    const path = await mkdtemp(join(tmpdir(), name))
    await chmod(path, 0o755)
    t.teardown(() => rm(path, { recursive: true, force: true }))
    return path
  }
  const [spool, programs] = [await dir('rg-spool-'), await dir('rg-programs-')]
  const env = { RESGUARDO_SPOOL_DIR: spool, RESGUARDO_DRILL_PROGRAMS_DIR: programs }
  const worker = await stack.startWorker(env)
  const repository = await stack.localRepository()
  const { must } = stack
  const program = async (name: string, text: string) => {
    await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(programs, name), 0o755)
    return { kind: 'command', name, program: name }
  }
  let count = 0
  async function policyOf(database: TestDatabase, drill: Json, { backup = true } = {}) {
    const name = `shop-${++count}`
    const sourceId = await stack.source(name, database)
    const policy = await must('POST', '/v1/policies', {
      name,
      sourceId,
      repositoryId: repository.id,
      drill
    })
    if (backup) {
      const run = await stack.runEnd(
        (await must('POST', `/v1/policies/${policy.id}/backups`, {})).id
      )
      if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.error))
    }
    return policy
  }
  const start = async ({ id }: Json) =>
    (await must('POST', `/v1/policies/${id}/drills`, {})).id as string
  const end = async (id: string) => {
    const run = await stack.runEnd(id)
    const [drill, evidence] = await Promise.all(
      [`/v1/drills/${id}`, `/v1/evidence/${id}`].map(
        async path => (await stack.call('GET', path)).body
      )
    )
    return { run, drill, evidence }
  }
  const drillNow = async (policy: Json) => end(await start(policy))
  const findings = async ({ id }: Json) =>
    (await must('GET', `/v1/policies/${id}/status`)).findings.map(({ kind }: Json) => kind)
  return {
    stack,
    env,
    spool,
    worker,
    repository,
    must,
    program,
    policyOf,
    start,
    end,
    drillNow,
    findings
  }
}

t.test('a drill leaves a staging server as it was', async t => {
  const { stack, program, policyOf, drillNow } = await live(t)
  await admin('CREATE ROLE only_in_production')
  const database = await createDatabase(
    t,
    `CREATE TABLE a AS SELECT 42 AS i; ALTER TABLE a OWNER TO only_in_production;
     CREATE FUNCTION never() RETURNS event_trigger LANGUAGE plpgsql AS
       $$BEGIN IF current_database() ~ '^drill_' THEN RAISE 'no DDL here'; END IF; END$$;
     CREATE SUBSCRIPTION of_production CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 'x')`
  )
  await database.query(`CREATE EVENT TRIGGER never ON ddl_command_start EXECUTE FUNCTION never()`)
  t.teardown(() =>
    database
      .query('ALTER SUBSCRIPTION of_production SET (slot_name = NONE)')
      .then(() => database.query('DROP SUBSCRIPTION of_production'))
  )
  const staging = await createDatabase(t)
  const seen = join(t.testdir(), 'seen')
  const policy = await policyOf(database, {
    where: { kind: 'staging', sourceId: await stack.source('staging', staging) },
    checks: [
      { kind: 'starts' },
      await program(
        'reads',
        `echo "$DATABASE_URL" >${seen}; test "$(psql -XAtc 'SELECT i FROM a' "$DATABASE_URL")" = 42`
      )
    ]
  })
  await database.query(`ALTER TABLE a OWNER TO CURRENT_USER; DROP ROLE only_in_production`)
  const before = await rolesLike('^(?!odd_)')
  t.match(await drillNow(policy), { drill: { outcome: 'passed' }, run: { status: 'succeeded' } })
  t.same(await databasesLike('drill_'), [])
  t.same(await rolesLike('^(?!odd_)'), before)
  const url = await readFile(seen, 'utf8')
  t.match(url, /^postgresql:\/\/drill_/)
  t.notMatch(url, staging.password)

  await t.test('what it could not remove is told, and changes no result', async t => {
    t.teardown(() =>
      admin('DROP OWNED BY only_in_production; DROP ROLE IF EXISTS only_in_production')
    )
    await program(
      'reads',
      `psql -XAtc 'GRANT CREATE ON TABLESPACE pg_default TO only_in_production' "$DATABASE_URL"`
    )
    t.match(await drillNow(policy), {
      drill: { outcome: 'passed' },
      evidence: { logTail: [/could not be dropped: only_in_production .*depend/] }
    })
    t.same(await databasesLike('drill_'), [])
  })
})

t.test('a killed worker, and a cancel, in the middle of a drill on a staging server', async t => {
  const { stack, env, worker, must, policyOf, start, end } = await live(t)
  const database = await createDatabase(t, 'CREATE TABLE a (i int)')
  const slow = (seconds: number) => ({
    kind: 'sql',
    name: 'slow',
    query: `SELECT 1 FROM pg_sleep(${seconds})`,
    expect: { equals: 1 }
  })
  const sourceId = await stack.source('staging', await createDatabase(t))
  const policies = await Promise.all(
    [600, 4].map(seconds =>
      policyOf(database, { where: { kind: 'staging', sourceId }, checks: [slow(seconds)] })
    )
  )
  const checking = async (id: string) =>
    stack.until(async () => (await must('GET', `/v1/runs/${id}`)).phase === 'checking')
  const cancelled = await start(policies[0]!)
  await checking(cancelled)
  await must('POST', `/v1/runs/${cancelled}/cancel`)
  t.match(await end(cancelled), {
    run: { status: 'cancelled' },
    drill: { code: 'DRILL_NOT_FOUND' }
  })
  t.same(await databasesLike('drill_'), [])

  const killed = await start(policies[1]!)
  await checking(killed)
  await worker.kill()
  t.equal((await databasesLike('drill_')).length, 1)
  await stack.startWorker(env)
  t.match(await end(killed), { run: { status: 'succeeded' }, drill: { outcome: 'passed' } })
  t.same(await databasesLike('drill_'), [])
})

t.test('row level security makes a drill errored, never failed', async t => {
  const { stack, policyOf, drillNow } = await live(t)
  await admin(`CREATE ROLE rls_app LOGIN CREATEDB PASSWORD 'permanent'`)
  t.teardown(() => admin('DROP ROLE rls_app'))
  const database = await createDatabase(t)
  await admin(`ALTER DATABASE ${database.name} OWNER TO rls_app`)
  await database.query(
    `ALTER SCHEMA public OWNER TO rls_app; SET ROLE rls_app; CREATE TABLE r AS SELECT 1 AS i;
     ALTER TABLE r ENABLE ROW LEVEL SECURITY; ALTER TABLE r FORCE ROW LEVEL SECURITY`
  )
  const sourceId = await stack.source('staging', database, {
    user: 'rls_app',
    password: 'permanent'
  })
  for (const check of [{ kind: 'row-counts' }, { kind: 'starts' }]) {
    const policy = await policyOf(database, {
      where: { kind: 'staging', sourceId },
      checks: [check]
    })
    t.match(
      await drillNow(policy),
      {
        drill: { outcome: 'errored', reason: { code: 'PG_PRIVILEGE_MISSING' } },
        evidence: { measured: { rows: null, tables: null } }
      },
      check.kind
    )
  }
})

t.test('a scratch server that dies under a check says nothing about the backup', async t => {
  const { program, policyOf, drillNow } = await live(t)
  const database = await createDatabase(t, 'CREATE TABLE a AS SELECT generate_series(1, 1000)')
  const crash = await program(
    'crash',
    `psql -Xc "COPY (SELECT 1) TO PROGRAM 'kill -9 \\$PPID'" "$DATABASE_URL" 2>&1 | grep -q 'server closed' && sleep 1`
  )
  const policy = await policyOf(database, { checks: [crash, { kind: 'row-counts' }] })
  t.match(await drillNow(policy), {
    drill: { outcome: 'errored' },
    evidence: { checks: [{ kind: 'command' }, { kind: 'row-counts', outcome: 'errored' }] }
  })
})

t.test('however a drill ends, it is recorded and rings', async t => {
  const { stack, spool, repository, must, program, policyOf, drillNow, findings } = await live(t)
  const database = await createDatabase(
    t,
    `CREATE FUNCTION is_source() RETURNS boolean LANGUAGE sql AS $$SELECT current_database() ~ '^test_'$$;
     CREATE TABLE a (i int)`
  )
  const rings = async (name: string, policy: Json, drill: Json) => {
    const ended = await drillNow(policy)
    t.match(ended, { run: { status: 'failed' }, drill }, name)
    t.ok((await findings(policy)).includes(`drill-${drill.outcome}`), name)
    return ended
  }
  const checks = (...checks: Json[]) => ({ checks })
  const errored = (code: string, more: Json = {}) => ({
    outcome: 'errored',
    evidenceKey: null,
    reason: { code },
    ...more
  })

  const long = `SELECT repeat('x', 299) || '\u{1f600}'`
  const half = { kind: 'sql', name: 'half', query: long, expect: { equals: 'x' } }
  await rings('an answer that is cut', await policyOf(database, checks(half)), {
    outcome: 'failed',
    reason: { message: /found x{299}$/ }
  })
  const nul = await program('nul', `printf 'a\\000b'; exit 1`)
  await rings('NUL, failed', await policyOf(database, checks(nul)), { outcome: 'failed' })
  const not = await program('not-run', `printf 'a\\000b'; exit 127`)
  await rings('NUL, errored', await policyOf(database, checks(not)), {
    outcome: 'errored',
    reason: { message: /a\ufffdb/ }
  })
  const none = await policyOf(database, checks({ kind: 'starts' }), { backup: false })
  await rings('no backup', none, errored('DRILL_NO_BACKUP', { backupId: null }))

  const policy = await policyOf(database, checks({ kind: 'starts' }))
  await rename(repository.path, `${repository.path}.away`)
  const away = await drillNow(policy)
  await rename(`${repository.path}.away`, repository.path)
  t.match(away.drill, errored('STORAGE_BUCKET_MISSING', { backupId: /./, policyId: policy.id }))
  t.match((await drillNow(policy)).drill, { outcome: 'passed' })

  const sourceId = await stack.source('staging', database)
  const where = { kind: 'staging', sourceId }
  const onStaging = await policyOf(database, { where, checks: [{ kind: 'starts' }] })
  t.match(await stack.call('DELETE', `/v1/sources/${sourceId}`), {
    status: 409,
    body: { code: 'SOURCE_IN_USE' }
  })
  await query(stack.catalogUrl, `DELETE FROM sources WHERE id = '${sourceId}'`)
  await rings('a staging server that is gone', onStaging, errored('SOURCE_NOT_FOUND'))

  await database.query(
    `CREATE TABLE c (card text CHECK (is_source())); INSERT INTO c VALUES ('4111 1111')`
  )
  const { evidence, run } = await rings(
    'a row that the restored database refuses',
    await policyOf(database, checks({ kind: 'starts' })),
    { outcome: 'failed', reason: { message: /violates check constraint/ } }
  )
  t.match(evidence, { measured: { rows: null, tables: null } })
  t.notMatch(JSON.stringify([evidence, run]), /4111/)
  t.same(await readdir(spool), [])
  t.equal((await must('GET', '/v1/drills')).items.length, 8)
})
