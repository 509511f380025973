import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { prepare } from './fixtures.ts'
import { buildTestApp, type TestApp } from './support.ts'

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A Redis that the test may stop and start. */
async function ownRedis(t: Test) {
  const port = await freePort()
  let child: ChildProcess | undefined
  const start = async () => {
    const started = spawn('redis-server', [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      t.testdir()
    ])
    child = started
    for await (const chunk of started.stdout) if (String(chunk).includes('Ready to accept')) break
    started.stdout.resume()
  }
  const stop = async () => {
    if (!child) return
    const stopped = child
    child = undefined
    stopped.kill('SIGKILL')
    await once(stopped, 'exit')
  }
  await start()
  t.teardown(stop)
  return { url: `redis://127.0.0.1:${port}`, start, stop }
}

async function until({ app }: TestApp, status: number) {
  for (;;) {
    const answer = await app.inject({ url: '/health/ready' })
    if (answer.statusCode === status) return answer.json()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

t.test('ready says which dependency is down; the API goes on without Redis', async t => {
  const redis = await ownRedis(t)
  const api = await buildTestApp(t, { env: { REDIS_URL: redis.url } })
  const { sourceId, repositoryId } = await prepare(api)
  t.strictSame(Object.keys(await until(api, 200)).sort(), [
    'db',
    'problems',
    'redis',
    'status',
    'uptimeSec'
  ])
  const live = await api.app.inject({ url: '/health/live' })
  t.strictSame(Object.keys(live.json()).sort(), ['db', 'redis', 'status', 'uptimeSec'])

  await redis.stop()
  t.match(await until(api, 503), {
    status: 'unavailable',
    db: 'up',
    redis: 'down',
    uptimeSec: Number,
    problems: [{ dependency: 'redis', reason: String }]
  })
  t.match((await api.app.inject({ url: '/health/live' })).json(), { status: 'ok' })
  const body = { sourceId, repositoryId }
  const started = await api.ask('operator', { method: 'POST', url: '/v1/backups', body })
  t.equal(started.statusCode, 202, 'the run waits in the catalog')
  t.equal((await api.app.inject({ url: '/v1/runs' })).statusCode, 401, 'still asks for a key')
  t.ok(api.lines.some(line => line.includes('the sweep will')))

  await redis.start()
  t.match(await until(api, 200), { status: 'ok', redis: 'up' })
})

t.test('ready says that the catalog is down and shows no secret', async t => {
  const { app, catalog } = await buildTestApp(t)
  catalog.ping = async () => {
    throw Object.assign(new Error('connect to postgres://user:hunter2@db'), {
      code: 'ECONNREFUSED'
    })
  }
  const answer = await app.inject({ url: '/health/ready' })
  t.equal(answer.statusCode, 503)
  t.match(answer.json(), { db: 'down', problems: [{ dependency: 'db', reason: 'ECONNREFUSED' }] })
  t.notMatch(answer.body, /hunter2/)
  t.match((await app.inject({ url: '/health/live' })).statusCode, 200)
})
