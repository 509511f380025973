import t from 'tap'
import { buildMetricsServer } from '../src/metrics-server.ts'
import { repositoryBody, sourceBody } from './fixtures.ts'
import { buildTestApp } from './support.ts'

t.test('one line a request, with who and which route', async t => {
  const { ask, catalog, lines } = await buildTestApp(t)
  lines.length = 0
  const { items } = await catalog.apiKeys.list({ limit: 10 })
  const viewer = items.find(({ role }) => role === 'viewer')
  const answer = await ask('viewer', {
    url: '/v1/runs?limit=5',
    headers: { 'x-request-id': 'r-7' }
  })
  t.equal(answer.statusCode, 200)
  t.equal(lines.length, 1)
  const line = JSON.parse(lines[0]!)
  t.match(line, {
    ts: /^\d{4}-.*Z$/,
    level: 'info',
    service: 'api',
    requestId: 'r-7',
    userId: viewer?.id,
    route: '/v1/runs',
    meta: { method: 'GET', path: '/v1/runs', statusCode: 200, ms: Number }
  })
})

t.test('no secret in any answer or line', async t => {
  const { app, ask, keys, lines } = await buildTestApp(t, { env: { LOG_LEVEL: 'trace' } })
  const answers = [
    await ask('admin', {
      method: 'POST',
      url: '/v1/sources',
      body: { ...sourceBody(), password: 'S3CR3T-a' }
    }),
    await ask('admin', {
      method: 'POST',
      url: '/v1/sources',
      body: { ...sourceBody('BAD'), password: 'S3CR3T-b' }
    }),
    await ask('admin', {
      method: 'POST',
      url: '/v1/sources',
      body: { ...sourceBody('x'), password: { S: 'S3CR3T-c' } }
    }),
    await ask('admin', {
      method: 'POST',
      url: '/v1/repositories',
      body: { ...repositoryBody(), kind: 's3', secretAccessKey: 'S3CR3T-d' }
    }),
    await ask('admin', {
      method: 'POST',
      url: '/v1/repositories',
      body: {
        ...repositoryBody('bucket'),
        kind: 's3',
        settings: { bucket: 'backups' },
        secretAccessKey: 'S3CR3T-g'
      }
    }),
    await app.inject({
      url: '/v1/runs?key=S3CR3T-e',
      headers: { authorization: 'Bearer S3CR3T-f' }
    }),
    await ask('admin', { url: '/v1/sources' }),
    await ask('admin', { url: '/v1/repositories' }),
    await ask('admin', { url: '/v1/api-keys' }),
    await ask('admin', { url: '/v1/audit' })
  ]
  const seen =
    answers.map(({ headers, body }) => JSON.stringify(headers) + body).join('') + lines.join('')
  t.notMatch(seen, /S3CR3T/)
  t.strictSame(
    answers.map(({ statusCode }) => statusCode),
    [201, 400, 400, 400, 201, 401, 200, 200, 200, 200]
  )
  const { settings, hasSecret } = answers[4]!.json()
  t.match({ settings, hasSecret }, { settings: { region: 'us-east-1' }, hasSecret: true })
  for (const key of Object.values(keys)) t.notOk(seen.includes(key))
  t.notOk(seen.includes(process.env.TEST_PG_URL!))
})

t.test('metrics by route pattern, on a listener of their own', async t => {
  const { app, ask } = await buildTestApp(t)
  await ask('viewer', { url: '/v1/runs/00000000-0000-4000-8000-000000000000' })
  await ask('viewer', { url: '/nowhere/at/all' })
  const server = buildMetricsServer(app.metrics)
  t.teardown(() => server.close())
  const { body, headers } = await server.inject({ url: '/metrics' })
  t.match(headers['content-type'], /text\/plain/)
  t.match(
    body,
    /http_request_duration_seconds_count\{method="GET",route="\/v1\/runs\/:id",status="404"\} 1/
  )
  t.match(body, /route="unmatched",status="404"\} 1/)
  t.notMatch(body, /at\/all/)
  t.equal((await ask('admin', { url: '/metrics' })).statusCode, 404)
})

t.test('answers carry security headers', async t => {
  const { app } = await buildTestApp(t)
  const { headers } = await app.inject({ url: '/health/live' })
  t.match(headers, {
    'content-security-policy': /default-src 'none'/,
    'x-content-type-options': 'nosniff',
    'strict-transport-security': /max-age/,
    'cache-control': 'no-store'
  })
})
