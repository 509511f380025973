import t from 'tap'
import { buildTestApp } from './support.ts'

t.test('requests beyond the limit get 429, unknown routes and failed logins included', async t => {
  const { app, keys } = await buildTestApp(t, { env: { RATE_LIMIT_PER_MINUTE: '3' } })
  const statuses: number[] = []
  for (const url of ['/nowhere', '/v1/runs', '/v1/runs', '/v1/runs']) {
    statuses.push((await app.inject({ url })).statusCode)
  }
  t.strictSame(statuses, [404, 401, 401, 429])
  const headers = { authorization: `Bearer ${keys.viewer}` }
  const refused = await app.inject({ url: '/v1/runs', headers })
  t.match(refused.json(), { status: 429, code: 'RATE_LIMITED' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200, 'health is not limited')
  const elsewhere = await app.inject({ url: '/v1/runs', headers, remoteAddress: '10.9.8.7' })
  t.equal(elsewhere.statusCode, 200, 'another address is not limited')
})

t.test('failed logins have a limit of their own', async t => {
  const { app, keys } = await buildTestApp(t, { env: { LOGIN_FAILURES_PER_MINUTE: '2' } })
  const login = (key: string) =>
    app.inject({ url: '/v1/runs', headers: { authorization: `Bearer ${key}` } })
  const wrong = `rg_${'A'.repeat(43)}`
  t.equal((await login(wrong)).statusCode, 401)
  t.equal((await login('nonsense')).statusCode, 401)
  const refused = await login(wrong)
  t.match(refused.json(), { status: 429, code: 'RATE_LIMITED' })
  t.match(refused.headers['retry-after'], /^\d+$/)
  t.equal((await login(keys.viewer)).statusCode, 200, 'a good key is not locked out by others')
  const metrics = await app.metrics.registry.metrics()
  t.match(metrics, /resguardo_auth_failures_total 3/)
  t.match(metrics, /resguardo_rate_limited_total 1/)
})

t.test('X-Forwarded-For is believed from trusted proxies only', async t => {
  const env = { RATE_LIMIT_PER_MINUTE: '1' }
  const headers = (from: string) => ({ 'x-forwarded-for': from })
  const plain = await buildTestApp(t, { env })
  await plain.app.inject({ url: '/nowhere', headers: headers('1.1.1.1') })
  t.equal(
    (await plain.app.inject({ url: '/nowhere', headers: headers('2.2.2.2') })).statusCode,
    429
  )
  const proxied = await buildTestApp(t, { env: { ...env, TRUST_PROXY: '127.0.0.1' } })
  await proxied.app.inject({ url: '/nowhere', headers: headers('1.1.1.1') })
  t.equal(
    (await proxied.app.inject({ url: '/nowhere', headers: headers('2.2.2.2') })).statusCode,
    404
  )
})
