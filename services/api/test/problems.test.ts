import { codes } from '@resguardo/shared'
import t from 'tap'
import { recipient, repositoryBody, sourceBody } from './fixtures.ts'
import { buildTestApp } from './support.ts'

const id = '00000000-0000-4000-8000-000000000000'

t.test('every refusal is a problem with a stable code', async t => {
  const { ask } = await buildTestApp(t)
  const text = { 'content-type': 'text/plain' }
  const json = { 'content-type': 'application/json' }
  const cases = [
    [{ url: '/nowhere' }, 'ROUTE_NOT_FOUND'],
    [{ url: '/v1/%zz' }, 'ROUTE_NOT_FOUND'],
    [{ url: `/v1/runs/${'a'.repeat(500)}` }, 'ROUTE_NOT_FOUND'],
    [{ method: 'PUT', url: '/v1/runs' }, 'ROUTE_NOT_FOUND'],
    [{ url: `/v1/runs/${id}` }, 'RUN_NOT_FOUND'],
    [{ url: `/v1/runs/${id}/events` }, 'RUN_NOT_FOUND'],
    [{ url: `/v1/sources/${id}` }, 'SOURCE_NOT_FOUND'],
    [{ url: '/v1/backups/nope' }, 'BACKUP_NOT_FOUND'],
    [{ url: "/v1/backups/a'b" }, 'VALIDATION_FAILED'],
    [{ url: '/v1/runs/nope' }, 'VALIDATION_FAILED'],
    [{ url: '/v1/runs?limit=0' }, 'VALIDATION_FAILED'],
    [{ url: '/v1/runs?limit=1&limit=2' }, 'VALIDATION_FAILED'],
    [{ url: '/v1/runs?unknown=1' }, 'VALIDATION_FAILED'],
    [{ url: '/v1/runs?cursor=nonsense' }, 'CURSOR_INVALID'],
    [{ method: 'POST', url: '/v1/sources', body: '{', headers: json }, 'VALIDATION_FAILED'],
    [{ method: 'POST', url: '/v1/sources', body: '', headers: json }, 'VALIDATION_FAILED'],
    [{ method: 'POST', url: '/v1/sources', body: 'x', headers: text }, 'MEDIA_TYPE_UNSUPPORTED'],
    [
      { method: 'POST', url: '/v1/sources', body: { ...sourceBody(), port: '5432' } },
      'VALIDATION_FAILED'
    ],
    [
      { method: 'POST', url: '/v1/sources', body: { ...sourceBody(), nmae: 'x' } },
      'VALIDATION_FAILED'
    ],
    [
      { method: 'POST', url: '/v1/sources', body: { ...sourceBody(), passwordEnv: 'PW' } },
      'VALIDATION_FAILED'
    ],
    [
      { method: 'POST', url: '/v1/sources', body: { ...sourceBody(), user: 'a\0b' } },
      'VALIDATION_FAILED'
    ],
    [
      { method: 'POST', url: '/v1/backups', body: { sourceId: id, repositoryId: id } },
      'SOURCE_NOT_FOUND'
    ],
    [
      { method: 'POST', url: '/v1/backups?wait=301', body: { sourceId: id, repositoryId: id } },
      'VALIDATION_FAILED'
    ],
    [{ method: 'POST', url: '/v1/sources', body: { name: 'x'.repeat(300_000) } }, 'BODY_TOO_LARGE']
  ] as const
  for (const [request, code] of cases) {
    const answer = await ask('admin', {
      ...request,
      headers: { 'x-request-id': 'r-1', ...('headers' in request && request.headers) }
    } as never)
    const name = `${JSON.stringify(request).slice(0, 100)} is ${code}`
    t.equal(
      answer.headers['content-type']?.toString().split(';')[0],
      'application/problem+json',
      name
    )
    const problem = answer.json()
    t.match(
      problem,
      {
        type: `urn:resguardo:problem:${code}`,
        code,
        status: codes[code].http,
        title: String,
        detail: /./,
        hint: /./,
        instance: request.url.split('?')[0]!,
        requestId: 'r-1'
      },
      name
    )
    t.equal(answer.statusCode, codes[code].http)
    t.equal(answer.headers['x-request-id'], 'r-1')
  }
})

t.test('names that would be dangerous are refused', async t => {
  const { ask } = await buildTestApp(t)
  const names = [
    '../etc',
    '..',
    '.',
    '',
    'a/b',
    'a\\b',
    'a b',
    "a'b",
    'a"b',
    'a;b',
    'Ä',
    'UPPER',
    '-dash',
    '_x',
    'a\nb',
    'a\0b',
    '\ud800',
    'x'.repeat(300),
    "'; drop table sources; --",
    '$(id)',
    '`id`',
    'a%2fb',
    'a:b'
  ]
  for (const name of names) {
    for (const [url, body] of [
      ['/v1/sources', sourceBody(name)],
      ['/v1/repositories', repositoryBody(name)],
      ['/v1/api-keys', { name, role: 'viewer' }]
    ] as const) {
      const answer = await ask('admin', { method: 'POST', url, body })
      t.equal(
        answer.json().code,
        'VALIDATION_FAILED',
        `${url} ${JSON.stringify(name).slice(0, 40)}`
      )
    }
  }
  t.equal((await ask('admin', { url: '/v1/sources' })).json().items.length, 0)
})

t.test('every wrong field is named, its value is not shown', async t => {
  const { ask } = await buildTestApp(t)
  const body = {
    name: 'Bad Name',
    host: 'db',
    user: 'u',
    port: 0,
    secretish: 'hunter2',
    password: 17
  }
  const { errors, detail } = (
    await ask('admin', { method: 'POST', url: '/v1/sources', body })
  ).json()
  const fields = errors.map(({ field }: { field: string }) => field).sort()
  t.strictSame(
    [...new Set(fields)],
    ['body/database', 'body/name', 'body/password', 'body/port', 'body/secretish']
  )
  t.notMatch(JSON.stringify({ errors, detail }), /hunter2|17/)

  const s3 = { kind: 's3', name: 'nas', settings: { bucket: 1 }, recipients: [recipient] }
  const fieldsOf = async (body: object) =>
    (await ask('admin', { method: 'POST', url: '/v1/repositories', body }))
      .json()
      .errors.map(({ field }: { field: string }) => field)
  t.strictSame(await fieldsOf(s3), ['body/settings/bucket'], 'only about the kind that is given')
  t.strictSame(await fieldsOf({ ...s3, kind: 'ftp' }), ['body/kind'])
  t.strictSame(await fieldsOf([]), ['body/kind'])
})

t.test('an unknown error is logged with its stack and shown to nobody', async t => {
  const { ask, catalog, lines } = await buildTestApp(t)
  catalog.runs.list = async () => {
    throw new Error('password=hunter2')
  }
  const answer = await ask('viewer', { url: '/v1/runs' })
  t.equal(answer.statusCode, 500)
  t.equal(answer.json().code, 'INTERNAL')
  t.notMatch(answer.body, /hunter2/)
  const logged = lines.map(line => JSON.parse(line)).find(({ level }) => level === 'error')
  t.match(logged, {
    route: '/v1/runs',
    requestId: answer.json().requestId,
    err: { stack: /Error/ }
  })
})

t.test('X-Request-Id is kept where it is harmless and always returned', async t => {
  const { app } = await buildTestApp(t)
  const idOf = async (given?: string) => {
    const headers = given === undefined ? {} : { 'x-request-id': given }
    return (await app.inject({ url: '/health/live', headers })).headers['x-request-id']
  }
  t.equal(await idOf('deploy-42_a.b'), 'deploy-42_a.b')
  const made = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
  for (const given of [undefined, '', 'a b', 'x'.repeat(129), '"injected"', '<x>']) {
    t.match(await idOf(given), made)
  }
})

t.test('too much work is refused with 503 OVERLOADED, health is not', async t => {
  const { app, ask } = await buildTestApp(t, {
    pressure: { maxHeapUsedBytes: 1, sampleInterval: 10 }
  })
  let answer = await ask('viewer', { url: '/v1/runs' })
  while (answer.statusCode === 200) answer = await ask('viewer', { url: '/v1/runs' })
  t.match(answer.json(), { status: 503, code: 'OVERLOADED' })
  t.ok(answer.headers['retry-after'])
  t.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
})
