import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { apiClient, type Json } from '../src/index.ts'

/** A server that gives these answers, one after the other, and what it was asked. */
async function answering(t: Test, ...answers: { status: number; body?: Json; after?: string }[]) {
  const asked: { method: string; path: string; accept: string; body: string }[] = []
  async function answer(request: IncomingMessage, response: ServerResponse) {
    const chunks = await request.toArray()
    const { method, url, headers } = request
    asked.push({
      method: method!,
      path: url!,
      accept: headers.accept!,
      body: Buffer.concat(chunks).toString()
    })
    const { status, body, after } = answers.shift()!
    response.writeHead(status, after ? { 'retry-after': after } : {})
    response.end(body && JSON.stringify(body))
  }
  const server = createServer(answer)
  const baseUrl = await listen(server)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, connection: { baseUrl, key: 'rg_key' } }
}

async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const overloaded = {
  status: 503,
  after: '0',
  body: { code: 'OVERLOADED', detail: 'more to do', hint: 'later' }
}

t.test('what was refused before anything was done is sent again, with its body', async t => {
  const limited = { ...overloaded, status: 429 }
  const { asked, connection } = await answering(t, overloaded, limited, {
    status: 201,
    body: { id: 1 }
  })
  t.same(await apiClient(connection).post('/v1/sources', { name: 'a' }), { id: 1 })
  t.same(
    asked.map(({ method, body }) => [method, body]),
    Array(3).fill(['POST', '{"name":"a"}'])
  )
})

t.test('but not for ever', async t => {
  const { asked, connection } = await answering(t, ...Array(10).fill(overloaded))
  await t.rejects(apiClient(connection).get('/v1/runs'), {
    code: 'OVERLOADED',
    message: 'GET /v1/runs: more to do',
    hint: 'later'
  })
  t.equal(asked.length, 6)
})

t.test('a signal ends the waiting with the refusal, not with a lost connection', async t => {
  const { connection } = await answering(t, { ...overloaded, after: '50' })
  const client = apiClient(connection, AbortSignal.timeout(300))
  await t.rejects(client.get('/v1/runs'), { code: 'OVERLOADED' })
})

t.test('nothing else is sent twice', async t => {
  for (const refused of [
    { status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE', detail: 'no catalog' } },
    { status: 503, body: { code: 'OVERLOADED', detail: 'much' }, after: '3600' },
    { status: 500, body: { code: 'INTERNAL', detail: 'broken' }, after: '0' }
  ]) {
    const { asked, connection } = await answering(t, refused)
    await t.rejects(apiClient(connection).get('/v1/runs'), { code: refused.body.code })
    t.equal(asked.length, 1)
  }
})

t.test('problems say every field, and what is no answer of ours is said, too', async t => {
  const { connection } = await answering(
    t,
    {
      status: 400,
      body: {
        code: 'VALIDATION_FAILED',
        detail: 'wrong',
        errors: [{ field: 'name', message: 'is missing' }]
      }
    },
    { status: 418 }
  )
  const { get } = apiClient(connection)
  await t.rejects(get('/v1/a'), {
    code: 'VALIDATION_FAILED',
    message: 'GET /v1/a: wrong\n  name is missing'
  })
  await t.rejects(get('/v1/a'), { code: 'DEPENDENCY_UNAVAILABLE', message: /answers 418/ })
})

t.test('nobody there', async t => {
  const gone = createServer()
  const baseUrl = await listen(gone)
  gone.close()
  await t.rejects(apiClient({ baseUrl, key: 'k' }).get('/'), {
    code: 'DEPENDENCY_UNAVAILABLE',
    message: /ECONNREFUSED/
  })
})

t.test('lists are read page after page, pages are asked for as HTML', async t => {
  const { asked, connection } = await answering(
    t,
    { status: 200, body: { items: [{ id: 1 }], nextCursor: 'c' } },
    { status: 200, body: { items: [{ id: 2 }], nextCursor: null } },
    { status: 200, body: {} }
  )
  const client = apiClient(connection)
  t.same(await client.list('/v1/runs', { kind: 'probe' }), [{ id: 1 }, { id: 2 }])
  t.same(
    asked.map(({ path }) => path),
    ['/v1/runs?kind=probe&limit=200', '/v1/runs?kind=probe&limit=200&cursor=c']
  )
  t.equal(await client.html('/v1/evidence/1'), '{}')
  t.equal(asked[2]?.accept, 'text/html')
})

t.test('a run is followed to its end', async t => {
  const run = (status: string, more: Json = {}) => ({
    status: 200,
    body: { status, kind: 'probe', ...more }
  })
  const seen: string[] = []
  const { connection } = await answering(
    t,
    run('running'),
    run('succeeded', { backupId: 'b' }),
    run('failed', { error: { code: 'PG_AUTH_FAILED', message: 'no', hint: 'yes' } }),
    run('cancelled'),
    run('queued')
  )
  const { waitForRun } = apiClient(connection)
  t.match(await waitForRun('1', { onRun: ({ status }) => seen.push(status) }), { backupId: 'b' })
  t.same(seen, ['running', 'succeeded'])
  await t.rejects(waitForRun('1'), {
    code: 'PG_AUTH_FAILED',
    message: 'The probe run 1 failed: no',
    hint: 'yes'
  })
  await t.rejects(waitForRun('1'), { message: 'The probe run 1 was cancelled' })
  await t.rejects(waitForRun('1', { seconds: -1 }), { code: 'OVERLOADED', message: /still queued/ })
})
