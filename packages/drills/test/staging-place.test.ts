import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PgTarget, withConnection } from '@resguardo/pg-tools'
import t, { type Test } from 'tap'
import { installedMajors, startCluster } from '../../../test/support/clusters.ts'
import { databasesLike, query, superuserUrl } from '../../../test/support/postgres.ts'
import { until } from '../../../test/support/stack.ts'
import type { Exposed } from '../src/check.ts'
import { exposeOverTcp } from '../src/expose.ts'
import { stagingPlace } from '../src/staging-place.ts'
import { startScratch } from './checks/scratch.ts'

const asked = (target: PgTarget, sql: string) =>
  withConnection(target, async client => (await client.query(sql)).rows)
const admin = (sql: string) => query(superuserUrl(), sql)
const rolesLike = async (prefix: string) =>
  (await admin(`SELECT rolname AS name FROM pg_roles WHERE starts_with(rolname, '${prefix}')`))
    .map(({ name }) => name as string)
    .sort()
const newName = (prefix: string) => `${prefix}_${randomBytes(6).toString('hex')}`

function superuser(): PgTarget {
  const { hostname, port, username, password } = new URL(superuserUrl())
  return {
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: 'of_the_source',
    sslMode: 'disable'
  }
}

/** A role that may make databases and what else is said, gone with all it owns at the end. */
async function plainUser(t: Test, attributes = ''): Promise<PgTarget> {
  const user = newName('plain')
  await admin(`CREATE ROLE ${user} LOGIN CREATEDB ${attributes} PASSWORD 'permanent'`)
  t.teardown(() => admin(`DROP ROLE ${user}`))
  return { ...superuser(), user, password: 'permanent' }
}

/** A place whose database was made, as a restore does. */
async function entered(t: Test, server: PgTarget, sql = '', { roles = [] as string[] } = {}) {
  const options = { server, drill: newName('drill'), attempt: 2, roles, keep: false }
  const place = await stagingPlace(options)
  const { database } = place.target
  await asked({ ...server, database: 'postgres' }, `CREATE DATABASE ${database}`)
  t.teardown(() => admin(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`))
  if (sql) await asked(place.target, sql)
  return { place, database, options }
}

t.test('what the drill made on the server goes, and nothing else', async t => {
  const [there, missing] = [newName('there'), newName('missing')]
  await admin(`CREATE ROLE ${there}`)
  t.teardown(() => admin(`DROP ROLE ${there}`))
  const sql = `CREATE TABLE a (i int PRIMARY KEY); ALTER TABLE a OWNER TO ${missing};
    CREATE SUBSCRIPTION ${newName('s')} CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 'x')`
  const { place, database } = await entered(t, superuser(), sql, { roles: [there, missing] })
  t.same(await rolesLike(missing), [missing])
  await place.leave()
  t.same(await databasesLike(database), [])
  t.same(await rolesLike(missing), [])
  t.same(await rolesLike(there), [there])
})

t.test('what a killed attempt left goes when the next one begins; kept means kept', async t => {
  const missing = newName('missing')
  const sql = `CREATE TABLE a (i int); ALTER TABLE a OWNER TO ${missing}`
  const { place, options, database } = await entered(t, superuser(), sql, { roles: [missing] })
  await place.expose() // and never closed
  const lent = () =>
    admin(
      `SELECT FROM pg_roles WHERE shobj_description(oid, 'pg_authid') ~ '${database}$' AND rolcanlogin`
    )
  t.equal((await lent()).length, 1)
  const next = await stagingPlace({ ...options, attempt: 10, keep: true })
  t.same(await databasesLike(database), [])
  t.same(await lent(), [])
  t.same(await rolesLike(missing), [missing], 'made anew')
  await next.leave()
  t.same(await rolesLike(missing), [missing])
  await (await stagingPlace({ ...options, attempt: 11 })).leave()
  t.same(await rolesLike(missing), [])
})

t.test(
  'an attempt that was given up and still runs takes nothing from the one after it',
  async t => {
    const missing = newName('missing')
    const { place, options } = await entered(t, superuser(), '', { roles: [missing] })
    const next = await stagingPlace({ ...options, attempt: 10 })
    await asked({ ...superuser(), database: 'postgres' }, `CREATE DATABASE ${next.target.database}`)
    await place.leave()
    t.same(await databasesLike(next.target.database), [next.target.database])
    t.same(await rolesLike(missing), [missing])
    await next.leave()
    t.same(await databasesLike(options.drill), [])
    t.same(await rolesLike(missing), [])
  }
)

t.test('a role that something else uses by now is named', async t => {
  const missing = newName('missing')
  const { place, database } = await entered(t, superuser(), '', { roles: [missing] })
  const other = newName('test')
  await admin(`CREATE DATABASE ${other} OWNER ${missing}`)
  t.teardown(() => admin(`DROP ROLE ${missing}`))
  t.teardown(() => admin(`DROP DATABASE ${other}`))
  await t.rejects(place.leave(), { message: new RegExp(`${missing} .*depend`) })
  t.same(await databasesLike(database), [])
})

/** As a program gets it. */
const asProgram = ({ env }: Exposed): PgTarget => ({
  ...superuser(),
  user: env.PGUSER!,
  password: env.PGPASSWORD!,
  database: env.PGDATABASE!
})

for (const [name, userOf] of [
  ['a superuser', async () => superuser()],
  ['a plain user that makes roles', (t: Test) => plainUser(t, 'CREATEROLE')]
] as const)
  t.test(`programs act as ${name} with a role of their own, until they are done`, async t => {
    const server = await userOf(t)
    const { place } = await entered(t, server, 'CREATE TABLE a AS SELECT 42 AS i')
    const exposed = await place.expose()
    const program = asProgram(exposed)
    t.not(program.user, server.user)
    t.notMatch(exposed.url, server.password!)
    t.same(await asked(program, 'SELECT i, current_user::text AS is FROM a'), [
      { i: 42, is: server.user }
    ])
    await asked(program, 'CREATE TABLE made (i int); RESET ROLE; ALTER TABLE a ADD j int')
    await asked(program, 'SET ROLE NONE; CREATE SCHEMA own; CREATE TABLE own.t (i int)')
    const sleeping = t.rejects(asked(program, 'SELECT pg_sleep(600)'), { code: 'PG_UNREACHABLE' })
    const sleeps = `SELECT FROM pg_stat_activity WHERE usename = '${program.user}' AND wait_event = 'PgSleep'`
    await until(async () => (await admin(sleeps)).length > 0)
    await exposed.close()
    await sleeping
    t.same(await rolesLike(program.user), [])
    await t.rejects(asked(program, 'SELECT 1'), { code: 'PG_AUTH_FAILED' })
    t.same(
      await asked(
        place.target,
        `SELECT tableowner FROM pg_tables WHERE schemaname IN ('public', 'own')`
      ),
      ['a', 'made', 't'].map(() => ({ tableowner: server.user }))
    )
    await place.leave()
  })

t.test('programs of a user that may not make roles get its own password', async t => {
  const server = await plainUser(t)
  const { place } = await entered(t, server)
  const exposed = await place.expose()
  t.match(exposed.env, { PGUSER: server.user, PGPASSWORD: 'permanent' })
  await exposed.close()
  await place.leave()
})

t.test('row level security hides nothing: what may not be read in full is an error', async t => {
  const { place } = await entered(
    t,
    await plainUser(t),
    `CREATE TABLE r AS SELECT 1 AS i; ALTER TABLE r ENABLE ROW LEVEL SECURITY; ALTER TABLE r FORCE ROW LEVEL SECURITY`
  )
  await t.rejects(asked(place.target, 'SELECT count(*) FROM r'), { code: 'PG_PRIVILEGE_MISSING' })
  await place.leave()
})

t.test('a server that lets no new role in says so; no password is in any log', async t => {
  const scratch = await startScratch(t)
  await scratch.query(`ALTER SYSTEM SET log_statement = 'all'`)
  let data = ''
  await scratch.whileStopped(async dir => {
    data = dir
  })
  const place = await stagingPlace({
    server: scratch.target,
    drill: 'drill_x',
    attempt: 1,
    roles: [],
    keep: false
  })
  await scratch.query('CREATE DATABASE drill_x_1')
  const [{ dir }] = await scratch.query(`SELECT current_setting('unix_socket_directories') AS dir`)
  const exposed = [await place.expose(), await exposeOverTcp({ ...scratch.target, host: dir })]
  for (const one of exposed) await one.close()
  const log = await readFile(join(data, '../postgresql.log'), 'utf8')
  t.match(log, /CREATE ROLE/)
  for (const { env } of exposed) t.notMatch(log, env.PGPASSWORD)

  const only = 'host all postgres 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 reject\n'
  await scratch.whileStopped(() => writeFile(join(data, 'pg_hba.conf'), only))
  await t.rejects(place.expose(), { code: 'PG_AUTH_FAILED', hint: /let such roles in as postgres/ })
  t.same(await scratch.query(`SELECT FROM pg_roles WHERE rolname ~ '^drill_'`), [])
})

const [newest] = (await installedMajors()).filter(({ major }) => major >= 17).slice(-1)

t.test(
  'event triggers of the login are off where the user may say so',
  {
    skip: newest ? false : 'needs PostgreSQL 17: TEST_PG_BIN_DIRS'
  },
  async t => {
    const cluster = await startCluster(t, newest!)
    const server = cluster.target('postgres')
    const plain = { ...server, user: 'plain', password: 'permanent' }
    await asked(server, `CREATE ROLE plain LOGIN CREATEDB CREATEROLE PASSWORD 'permanent'`)
    const settingsOf = async (server: PgTarget) => {
      const options = { server, drill: 'drill_x', attempt: 1, roles: [], keep: false }
      const place = await stagingPlace(options)
      await asked({ ...server, database: 'postgres' }, 'CREATE DATABASE drill_x_1')
      const rows = await asked(
        place.target,
        `SELECT current_setting('event_triggers') AS triggers, current_setting('row_security') AS security`
      )
      const exposed = await place.expose()
      await exposed.close()
      await place.leave()
      return { ...rows[0], lent: exposed.env.PGUSER !== server.user }
    }
    t.same(await settingsOf(server), { triggers: 'off', security: 'off', lent: true })
    t.same(await settingsOf(plain), { triggers: 'on', security: 'off', lent: false })
  }
)
