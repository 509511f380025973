import t from 'tap'
import { sourceBody } from './fixtures.ts'
import { buildTestApp, type TestApp } from './support.ts'

const post = ({ ask }: TestApp, key: string, body: object, url = '/v1/sources') =>
  ask('admin', { method: 'POST', url, body, headers: { 'idempotency-key': key } })

t.test('the same request is done once and answered again', async t => {
  const api = await buildTestApp(t)
  const first = await post(api, 'k1', sourceBody())
  const again = await post(api, 'k1', sourceBody())
  t.equal(first.statusCode, 201)
  t.equal(again.statusCode, 201)
  t.strictSame(again.json(), first.json())
  t.equal(again.headers.location, first.headers.location)
  t.equal(first.headers['idempotency-replayed'], undefined)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await api.ask('admin', { url: '/v1/sources' })).json().items.length, 1)
})

t.test('a key cannot be used for another request', async t => {
  const api = await buildTestApp(t)
  await post(api, 'k1', sourceBody())
  t.match((await post(api, 'k1', sourceBody('other'))).json(), {
    code: 'IDEMPOTENCY_KEY_REUSED',
    status: 422
  })
  t.equal((await post(api, 'k2', sourceBody('other'))).statusCode, 201)
})

t.test('while the first request runs, a second one is told so', async t => {
  const api = await buildTestApp(t)
  const { create } = api.catalog.sources
  let second: Awaited<ReturnType<typeof post>> | undefined
  api.catalog.sources.create = async source => {
    second = await post(api, 'k1', sourceBody())
    return create(source)
  }
  t.equal((await post(api, 'k1', sourceBody())).statusCode, 201)
  t.match(second?.json(), { code: 'IDEMPOTENCY_IN_PROGRESS', status: 409 })
})

t.test('a request that failed leaves the key free', async t => {
  const api = await buildTestApp(t)
  const taken = await post(api, 'k0', sourceBody())
  t.equal((await post(api, 'k1', sourceBody())).json().code, 'NAME_TAKEN')
  await api.ask('admin', { method: 'DELETE', url: taken.headers.location as string })
  t.equal((await post(api, 'k1', sourceBody())).statusCode, 201)
})

t.test('the replay of a new API key does not hold the key', async t => {
  const api = await buildTestApp(t)
  const body = { name: 'ci', role: 'viewer' }
  const first = await post(api, 'k1', body, '/v1/api-keys')
  const again = await post(api, 'k1', body, '/v1/api-keys')
  t.match(first.json().key, /^rg_/)
  t.strictSame(again.json(), { ...first.json(), key: null })
})

t.test('a key that is no header value is refused', async t => {
  const api = await buildTestApp(t)
  t.equal((await post(api, 'x'.repeat(300), sourceBody())).json().code, 'VALIDATION_FAILED')
})
