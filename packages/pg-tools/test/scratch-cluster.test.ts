import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, connect as openSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort, type PgTarget, startScratchCluster, withConnection } from '../src/index.ts'
import { client } from './support.ts'

const { bin } = client

/** A directory that the server's own user may enter. */
function place(t: Test) {
  const dir = mkdtempSync(join(tmpdir(), 'resguardo-scratch-'))
  chmodSync(dir, 0o755)
  t.teardown(() => rmSync(dir, { recursive: true }))
  return join(dir, 'cluster')
}

/** Process ids whose command line names the directory. */
const alive = (dir: string) => {
  try {
    return execFileSync('pgrep', ['-f', dir], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

const listens = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = openSocket({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

t.test('started, stopped, started again, destroyed: the rows stay, then nothing does', async t => {
  const dir = place(t)
  const port = await freePort()
  const options = {
    dir,
    bin,
    port,
    superuserPassword: `hun'ter2 \\`,
    settings: { fsync: 'off', work_mem: '7MB', 'resguardo.quoted': "o'hara" }
  }
  const target: PgTarget = {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: options.superuserPassword,
    database: 'postgres',
    sslMode: 'disable'
  }
  const ask = (sql: string, change: Partial<PgTarget> = {}) =>
    withConnection({ ...target, ...change }, async client => (await client.query(sql)).rows[0])

  const first = await startScratchCluster(options)
  t.teardown(() => existsSync(dir) && first.destroy())
  await ask('CREATE TABLE kept AS SELECT 42 AS n')
  t.same(await ask('SELECT n FROM kept', { host: dir }), { n: 42 }, 'by its socket too')
  await t.rejects(ask('SELECT 1', { password: 'wrong' }), { code: 'PG_AUTH_FAILED' })
  await t.rejects(ask('SELECT 1', { host: dir, password: 'wrong' }), { code: 'PG_AUTH_FAILED' })
  t.same(
    await ask(
      `SELECT current_setting('listen_addresses') AS l, current_setting('work_mem') AS w, current_setting('resguardo.quoted') AS q`
    ),
    { l: '127.0.0.1', w: '7MB', q: "o'hara" }
  )
  const kept = readdirSync(dir).filter(name => name !== 'data')
  t.same(
    kept.filter(name => readFileOr(join(dir, name)).includes('hun')),
    [],
    'the password is in no file beside the data'
  )

  await first.stop()
  t.equal(await listens(port), false)
  await first.stop()
  const second = await startScratchCluster({ ...options, superuserPassword: 'not used any more' })
  t.same(await ask('SELECT n FROM kept'), { n: 42 })
  await second.destroy()
  t.notOk(existsSync(dir))
  t.equal(alive(dir), '')
  t.equal(await listens(port), false)
})

t.test('programs that are not there: a coded error, and no password left behind', async t => {
  const dir = place(t)
  const port = await freePort()
  await t.rejects(
    startScratchCluster({ dir, bin: '/no/such', port, superuserPassword: 'hunter2' }),
    {
      code: 'TOOL_FAILED',
      message: /^initdb failed: .*ENOENT/
    }
  )
  t.same(readdirSync(dir), [])
})

t.test('a launcher: the server and its processes run under it', async t => {
  const dir = place(t)
  const cluster = await startScratchCluster({
    dir,
    bin,
    port: await freePort(),
    superuserPassword: 'hunter2',
    launcher: ['nice', '-n', '7']
  })
  t.teardown(() => cluster.destroy())
  const postmaster = readFileSync(join(dir, 'data/postmaster.pid'), 'utf8').split('\n')[0]!
  const nice = execFileSync('ps', ['-o', 'ni=', '--pid', postmaster, '--ppid', postmaster], {
    encoding: 'utf8'
  })
  const values = nice.trim().split(/\s+/)
  t.ok(values.length > 3, nice)
  t.same([...new Set(values)], ['7'])
})

t.test('a port that is taken: a coded error, and no server left running', async t => {
  const dir = place(t)
  const holder = createServer().listen(0, '127.0.0.1')
  t.teardown(() => holder.close())
  await once(holder, 'listening')
  const { port } = holder.address() as { port: number }
  await t.rejects(startScratchCluster({ dir, bin, port, superuserPassword: 'hunter2' }), {
    code: 'TOOL_FAILED',
    message: /^pg_ctl failed: (?!.*hunter2)/
  })
  t.equal(alive(dir), '')
  t.match(readFileSync(join(dir, 'postgresql.log'), 'utf8'), /Address already in use/)
})

t.test('a free port is free, and another one each time while it is held', async t => {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  t.not(await freePort(), port)
})

function readFileOr(name: string) {
  try {
    return readFileSync(name, 'utf8')
  } catch {
    return ''
  }
}
