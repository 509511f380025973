import type { Role } from '@resguardo/catalog'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildTestApp } from './support.ts'

/** Who may do what. A route that is not here fails the first test. */
const least: Record<string, Role | 'public'> = {
  'GET /health/live': 'public',
  'GET /health/ready': 'public',
  'GET /v1/status': 'viewer',
  'POST /v1/sources': 'admin',
  'GET /v1/sources': 'viewer',
  'GET /v1/sources/{id}': 'viewer',
  'PATCH /v1/sources/{id}': 'admin',
  'DELETE /v1/sources/{id}': 'admin',
  'POST /v1/repositories': 'admin',
  'GET /v1/repositories': 'viewer',
  'GET /v1/repositories/{id}': 'viewer',
  'PATCH /v1/repositories/{id}': 'admin',
  'DELETE /v1/repositories/{id}': 'admin',
  'POST /v1/repositories/{id}/probe': 'operator',
  'POST /v1/repositories/{id}/scan': 'operator',
  'POST /v1/repositories/{id}/tidy': 'operator',
  'POST /v1/backups': 'operator',
  'POST /v1/backups/{id}/verify': 'operator',
  'POST /v1/backups/{id}/copies': 'operator',
  'GET /v1/backups': 'viewer',
  'GET /v1/backups/{id}': 'viewer',
  'DELETE /v1/backups/{id}': 'admin',
  'POST /v1/backups/{id}/rekey': 'admin',
  'POST /v1/backups/{id}/holds': 'operator',
  'GET /v1/holds': 'viewer',
  'GET /v1/holds/{id}': 'viewer',
  'POST /v1/holds/{id}/release': 'admin',
  'POST /v1/policies': 'admin',
  'GET /v1/policies': 'viewer',
  'GET /v1/policies/{id}': 'viewer',
  'PUT /v1/policies/{id}': 'admin',
  'DELETE /v1/policies/{id}': 'admin',
  'POST /v1/policies/{id}/pause': 'operator',
  'POST /v1/policies/{id}/resume': 'operator',
  'POST /v1/policies/{id}/backups': 'operator',
  'POST /v1/policies/{id}/retention': 'admin',
  'POST /v1/policies/{id}/lifecycle': 'admin',
  'GET /v1/policies/{id}/status': 'viewer',
  'GET /v1/policies/{id}/upcoming': 'viewer',
  'GET /v1/policies/{id}/retention': 'viewer',
  'GET /v1/policies/{id}/lifecycle': 'viewer',
  'GET /v1/policies/{id}/cost': 'viewer',
  'POST /v1/policies/{id}/drills': 'operator',
  'GET /v1/drills': 'viewer',
  'GET /v1/drills/{id}': 'viewer',
  'GET /v1/evidence/{id}': 'viewer',
  'POST /v1/evidence/verify': 'viewer',
  'GET /v1/reports/drills': 'viewer',
  'POST /v1/channels': 'admin',
  'GET /v1/channels': 'viewer',
  'GET /v1/channels/{id}': 'viewer',
  'PATCH /v1/channels/{id}': 'admin',
  'DELETE /v1/channels/{id}': 'admin',
  'POST /v1/channels/{id}/test': 'operator',
  'GET /v1/incidents': 'viewer',
  'GET /v1/notifications': 'viewer',
  'GET /v1/notifications/{id}': 'viewer',
  'POST /v1/secrets': 'admin',
  'GET /v1/secrets': 'viewer',
  'GET /v1/secrets/{id}': 'viewer',
  'PATCH /v1/secrets/{id}': 'admin',
  'POST /v1/secrets/{id}/rotated': 'admin',
  'DELETE /v1/secrets/{id}': 'admin',
  'GET /v1/prices': 'viewer',
  'PUT /v1/prices': 'admin',
  'GET /v1/kept-databases': 'viewer',
  'POST /v1/restores': 'operator',
  'POST /v1/restores/{id}/undo': 'operator',
  'GET /v1/restores': 'viewer',
  'GET /v1/restores/{id}': 'viewer',
  'GET /v1/runs': 'viewer',
  'GET /v1/runs/{id}': 'viewer',
  'GET /v1/runs/{id}/history': 'viewer',
  'GET /v1/runs/{id}/events': 'viewer',
  'POST /v1/runs/{id}/cancel': 'operator',
  'POST /v1/api-keys': 'admin',
  'GET /v1/api-keys': 'admin',
  'GET /v1/api-keys/{id}': 'admin',
  'DELETE /v1/api-keys/{id}': 'admin',
  'GET /v1/audit': 'admin',
  'GET /v1/audit/verify': 'admin'
}
const ranks = { public: 0, viewer: 1, operator: 2, admin: 3 }
const roles = ['viewer', 'operator', 'admin'] as const
const missing = '00000000-0000-4000-8000-000000000000'

t.test('each route asks for its role', async t => {
  const { app, ask } = await buildTestApp(t)
  const paths = app.swagger().paths as Record<string, Record<string, { 'x-role'?: string }>>
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { 'x-role': role = 'public' }]) => ({
      method: method.toUpperCase() as 'GET',
      url: path.replace('{id}', missing),
      name: `${method.toUpperCase()} ${path}`,
      role
    }))
  )
  t.strictSame(
    operations.map(({ name }) => name).sort(),
    Object.keys(least).sort(),
    'every route is listed here'
  )

  for (const { method, url, name, role } of operations) {
    const needed = least[name]!
    t.equal(role, needed, `${name} says its role`)
    const anonymous = await app.inject({ method, url })
    t.equal(anonymous.statusCode === 401, needed !== 'public', `${name} without a key`)
    for (const asking of roles) {
      const { statusCode } = await ask(asking, { method, url })
      t.not(statusCode, 401, `${name} knows the ${asking}`)
      t.equal(
        statusCode === 403,
        ranks[asking] < ranks[needed],
        `${name} as ${asking}: ${statusCode}`
      )
    }
  }
})

t.test('a route that declares no role stops the boot', async t => {
  const extend = (app: FastifyInstance) => void app.get('/v1/forgotten', async () => 'open')
  await t.rejects(buildTestApp(t, { extend }), {
    message: 'Routes without a role: GET /v1/forgotten, HEAD /v1/forgotten'
  })
})

t.test('pages for browsers take HTTP Basic and are read-only for viewers', async t => {
  const { app, keys } = await buildTestApp(t)
  const basic = (key: string) => ({ authorization: `Basic ${btoa(`me:${key}`)}` })
  for (const url of ['/queues', '/queues/api/queues', '/docs', '/docs/json']) {
    const refused = await app.inject({ url })
    t.equal(refused.statusCode, 401, `${url} without a key`)
    t.match(refused.headers['www-authenticate'], /^Basic /)
    t.equal((await app.inject({ url, headers: basic('rg_wrong') })).statusCode, 401)
    const { statusCode, headers } = await app.inject({ url, headers: basic(keys.viewer) })
    t.equal(statusCode, 200, `${url} as viewer`)
    t.match(headers['content-security-policy'], /script-src 'self'/)
  }
  const pause = { method: 'PUT', url: '/queues/api/queues/backup/pause' } as const
  t.equal((await app.inject({ ...pause, headers: basic(keys.viewer) })).statusCode, 403)
  const elsewhere = { ...basic(keys.operator), origin: 'https://evil.example' }
  t.equal((await app.inject({ ...pause, headers: elsewhere })).statusCode, 403, 'no forgery')
  t.equal((await app.inject({ ...pause, headers: basic(keys.operator) })).statusCode, 200)
  t.equal(
    (
      await app.inject({
        ...pause,
        url: pause.url.replace('pause', 'resume'),
        headers: basic(keys.operator)
      })
    ).statusCode,
    200
  )
  t.equal(
    (await app.inject({ url: '/v1/runs', headers: basic(keys.admin) })).statusCode,
    401,
    'the API takes no Basic'
  )
})

t.test('a key that was revoked or has expired does not work', async t => {
  const { app, ask, catalog } = await buildTestApp(t)
  const created = await ask('admin', {
    method: 'POST',
    url: '/v1/api-keys',
    body: { name: 'ci', role: 'operator' }
  })
  t.equal(created.statusCode, 201)
  const { id, key } = created.json()
  const status = async (used: string) =>
    (await app.inject({ url: '/v1/runs', headers: { authorization: `Bearer ${used}` } })).statusCode
  t.equal(await status(key), 200)
  await ask('admin', { method: 'DELETE', url: `/v1/api-keys/${id}` })
  t.equal(await status(key), 401)
  const old = await catalog.apiKeys.create({ name: 'old', role: 'admin', expiresAt: new Date(0) })
  t.equal(await status(old.key), 401)
})
