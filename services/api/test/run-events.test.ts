import type { AddressInfo } from 'node:net'
import t from 'tap'
import { claim, prepare } from './fixtures.ts'
import { buildTestApp, type TestApp } from './support.ts'

async function listen({ app, keys }: TestApp) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const headers = { authorization: `Bearer ${keys.viewer}` }
  return (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, ...init })
}

/** Events as they come. */
async function* eventsOf(response: Response) {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map(line => line.split(/: (.*)/s, 2) as [string, string])
      )
      text = text.slice(end + 2)
      if (fields.event) yield { type: fields.event, run: JSON.parse(fields.data ?? 'null') }
    }
  }
}

async function startBackup(api: TestApp) {
  const { sourceId, repositoryId } = await prepare(api)
  const body = { sourceId, repositoryId }
  return (await api.ask('operator', { method: 'POST', url: '/v1/backups', body })).json()
    .id as string
}

t.test('shows a run as it goes and ends with it', async t => {
  const api = await buildTestApp(t)
  const id = await startBackup(api)
  const get = await listen(api)
  const response = await get(`/v1/runs/${id}/events`)
  t.equal(response.status, 200)
  t.match(response.headers.get('content-type'), /^text\/event-stream/)
  t.equal(response.headers.get('x-accel-buffering'), 'no')
  t.match(response.headers.get('cache-control'), /no-transform/)
  const events = eventsOf(response)
  const next = async () => (await events.next()).value
  t.match(await next(), { type: 'run', run: { id, status: 'queued' } })
  const claimed = await claim(api, id)
  t.match(await next(), { type: 'run', run: { status: 'running', worker: 'test-worker' } })
  await api.catalog.runs.phase(claimed, 'dump')
  t.match(await next(), { type: 'run', run: { phase: 'dump' } })
  const progress = { done: 5, total: 10, unit: 'bytes' as const, rate: 1, etaSeconds: 5 }
  await api.catalog.runs.heartbeat(claimed, { progress })
  t.match(await next(), { type: 'run', run: { progress } })
  await api.catalog.runs.succeed(claimed)
  t.match(await next(), { type: 'run', run: { status: 'succeeded' } })
  t.match(await next(), { type: 'end', run: { status: 'succeeded' } })
  t.ok((await events.next()).done)
})

t.test('asks for a key', async t => {
  const api = await buildTestApp(t)
  const id = await startBackup(api)
  const get = await listen(api)
  t.equal((await get(`/v1/runs/${id}/events`, { headers: {} })).status, 401)
})

t.test('stops asking the catalog when the client leaves', async t => {
  const api = await buildTestApp(t)
  const id = await startBackup(api)
  const get = await listen(api)
  const client = new AbortController()
  const response = await get(`/v1/runs/${id}/events`, { signal: client.signal })
  await eventsOf(response).next()
  client.abort()
  const done = () => api.lines.some(line => line.includes('client left'))
  while (!done()) await new Promise(resolve => setTimeout(resolve, 20))
  const { get: getRun } = api.catalog.runs
  let asked = 0
  api.catalog.runs.get = run => {
    asked += 1
    return getRun(run)
  }
  await new Promise(resolve => setTimeout(resolve, 1_200))
  t.equal(asked, 0)
})

t.test('does not hold up the end of the service', async t => {
  const api = await buildTestApp(t)
  const id = await startBackup(api)
  const get = await listen(api)
  const events = eventsOf(await get(`/v1/runs/${id}/events`))
  await events.next()
  await api.app.close()
  t.ok((await events.next()).done, 'ends without an end event')
})
