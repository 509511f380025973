import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  connect,
  freePort,
  type PgTarget,
  pgEnv,
  startScratchCluster,
  unprivilegedUser,
  withConnection
} from '../src/index.ts'
import { client, psql, testRole, testTarget, weird } from './support.ts'

const target: PgTarget = {
  host: 'db.internal',
  port: 6543,
  user: "o'hara",
  password: ' hunter2 "$(x)\\ñ\n',
  database: 'shop',
  sslMode: 'verify-full',
  sslRootCertFile: '/ca.pem',
  sslRootCert: '-----BEGIN CERTIFICATE-----'
}

t.test('everything that libpq needs is in the environment, the password as it is', async t => {
  const { PGOPTIONS, ...env } = pgEnv(target)
  t.same(env, {
    PGHOST: 'db.internal',
    PGPORT: '6543',
    PGUSER: "o'hara",
    PGPASSWORD: target.password,
    PGDATABASE: 'shop',
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: '/ca.pem',
    PGPASSFILE: '/dev/null',
    PGCONNECT_TIMEOUT: '15',
    PGAPPNAME: 'resguardo'
  })
  t.match(PGOPTIONS, /statement_timeout=0.*lock_timeout=0/)
})

t.test('without password and CA their variables are not there at all', async t => {
  const { password, sslRootCertFile, ...bare } = target
  const env = pgEnv(bare)
  t.notOk('PGPASSWORD' in env || 'PGSSLROOTCERT' in env)
  t.equal(pgEnv({ ...bare, password: '' }).PGPASSWORD, '', 'an empty password is one')
})

t.test('a name of any kind reaches its database, by our own connection and by a tool', async t => {
  const name = weird()
  const there = await testTarget(t, '', name)
  const sql = 'SELECT current_database()'
  t.equal(await psql(there, sql), name)
  await withConnection(there, async client => {
    t.equal((await client.query(sql)).rows[0].current_database, name)
  })
  const posing = { ...there, database: 'dbname=postgres host=elsewhere' }
  t.match(await psql(posing, sql).catch(error => error.stderr), /"dbname=postgres host=elsewhere"/)
})

t.test('a tool does not take what is lying about in our own environment or home', async t => {
  const { password, ...there } = await testTarget(t)
  for (const variable of ['PGPASSWORD', 'PGPASSFILE', 'PGSERVICE', 'PGHOSTADDR']) {
    process.env[variable] = variable === 'PGPASSWORD' ? password : '/nonsense'
    t.teardown(() => delete process.env[variable])
  }
  t.equal(await psql({ ...there, password }, 'SELECT 1'), '1')
  await t.rejects(psql(there, 'SELECT 1'), { name: 'StageError', stderr: /no password supplied/ })
})

t.test("the role's own timeouts do not end a dump", async t => {
  const there = await testTarget(t)
  const role = await testRole(t, {
    statement_timeout: '1ms',
    idle_in_transaction_session_timeout: '1ms'
  })
  const by = { ...there, ...role }
  const sql = `SELECT current_setting('statement_timeout') || current_setting('idle_in_transaction_session_timeout') || pg_sleep(0.01)`
  t.equal(await psql(by, sql), '00')
  await withConnection(by, async client => {
    t.equal((await client.query(`${sql} AS text`)).rows[0].text, '00')
  })
})

t.test('a connection ends with the work, however it ends', async t => {
  const there = await testTarget(t)
  const mark = `SELECT pg_backend_pid() AS pid`
  const pids: number[] = []
  const work = (fail: boolean) =>
    withConnection(there, async client => {
      pids.push((await client.query(mark)).rows[0].pid)
      if (fail) await client.query('SELECT 1/0')
      return 'done'
    })
  t.equal(await work(false), 'done')
  await t.rejects(work(true), { code: 'PG_TOOL_FAILED', message: /division by zero/ })
  await t.rejects(
    withConnection(there, async () => {
      throw Object.assign(new Error('ours'), { code: 'X' })
    }),
    { name: 'AppError', message: /ours/ }
  )
  await withConnection(there, async client => {
    for (;;) {
      const { rows } = await client.query('SELECT 1 FROM pg_stat_activity WHERE pid = ANY($1)', [
        pids
      ])
      if (rows.length === 0) break
    }
  })
  t.equal(pids.length, 2)
})

t.test('a server that dies under an idle connection does not end our process', async t => {
  const there = await testTarget(t)
  const idle = await connect(there)
  const gone = new Promise(resolve => idle.once('end', resolve))
  const { rows } = await idle.query('SELECT pg_backend_pid() AS pid')
  await withConnection(there, client =>
    client.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
  )
  await gone
  await t.rejects(idle.query('SELECT 1'))
})

t.test('TLS: what each mode believes, ours as the tools', async t => {
  const { port, ca, otherCa } = await tlsServer(t)
  const believes = async (change: Partial<PgTarget>) => {
    const there = {
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password: 'hunter2',
      database: 'postgres'
    }
    const by: PgTarget = { ...there, sslMode: 'require', ...change }
    const sql = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
    const ours = await withConnection(
      by,
      async client => (await client.query(sql)).rows[0].ssl
    ).catch(() => 'refused')
    const tools = await psql(by, sql).then(
      text => text === 't',
      () => 'refused'
    )
    return [ours, tools]
  }
  t.same(await believes({ sslMode: 'disable' }), [false, false])
  t.same(await believes({ sslMode: 'prefer' }), [true, true])
  t.same(await believes({ sslMode: 'require' }), [true, true])
  t.same(await believes({ sslMode: 'verify-ca', ...ca }), [true, true])
  t.same(await believes({ sslMode: 'verify-ca', ...otherCa }), ['refused', 'refused'])
  t.same(
    await believes({ sslMode: 'verify-full', ...ca }),
    ['refused', 'refused'],
    'by its address'
  )
  t.same(await believes({ sslMode: 'verify-full', ...ca, host: 'localhost' }), [true, true])
  t.same(await believes({ sslMode: 'verify-full', ...otherCa, host: 'localhost' }), [
    'refused',
    'refused'
  ])
})

t.test('without TLS on the server: prefer goes on in clear, require does not', async t => {
  const there = await testTarget(t)
  const answer = (sslMode: PgTarget['sslMode']) =>
    withConnection(
      { ...there, sslMode },
      async client => (await client.query('SELECT 1 AS n')).rows
    )
  t.same(await answer('prefer'), [{ n: 1 }])
  for (const mode of ['require', 'verify-ca', 'verify-full'] as const)
    await t.rejects(answer(mode), { name: 'AppError', message: /does not support SSL/ }, mode)
})

/** A server whose certificate is for `localhost` alone, and the CA that signed it beside one that did not. */
async function tlsServer(t: { teardown(work: () => unknown): void }) {
  const dir = mkdtempSync(join(tmpdir(), 'resguardo-tls-'))
  chmodSync(dir, 0o755)
  t.teardown(() => rmSync(dir, { recursive: true }))
  const openssl = (args: string) =>
    execFileSync('openssl', args.split(' '), { cwd: dir, stdio: 'pipe' })
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
  for (const name of ['ca', 'other'])
    openssl(`req -x509 ${key} -keyout ${name}.key -out ${name}.pem -subj /CN=${name}`)
  openssl(
    `req -x509 ${key} -keyout server.key -out server.crt -subj /CN=localhost -addext subjectAltName=DNS:localhost -CA ca.pem -CAkey ca.key`
  )
  const owner = await unprivilegedUser()
  if (owner) chownSync(join(dir, 'server.key'), owner.uid, owner.gid)
  chmodSync(join(dir, 'server.key'), 0o600)
  const port = await freePort()
  const cluster = await startScratchCluster({
    dir: join(dir, 'cluster'),
    bin: client.bin,
    port,
    superuserPassword: 'hunter2',
    settings: {
      ssl: 'on',
      ssl_cert_file: join(dir, 'server.crt'),
      ssl_key_file: join(dir, 'server.key'),
      fsync: 'off'
    }
  })
  t.teardown(() => cluster.destroy())
  const caOf = (name: string) => ({
    sslRootCertFile: join(dir, name),
    sslRootCert: readFileSync(join(dir, name), 'utf8')
  })
  return { port, ca: caOf('ca.pem'), otherCa: caOf('other.pem') }
}
