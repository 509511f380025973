import t from 'tap'
import { sourceBody } from './fixtures.ts'
import { buildTestApp } from './support.ts'

t.test('a source is added, shown, changed and removed, and its password never seen', async t => {
  const { ask, catalog, lines } = await buildTestApp(t)
  const created = await ask('admin', { method: 'POST', url: '/v1/sources', body: sourceBody() })
  t.equal(created.statusCode, 201)
  const { id } = created.json()
  const url = `/v1/sources/${id}`
  t.equal(created.headers.location, url)
  t.match(created.json(), {
    name: 'shop',
    host: 'db.internal',
    port: 5432,
    sslMode: 'prefer',
    hasSecret: true
  })
  t.equal(await catalog.sources.readSecret(id), 'correct-horse-battery')

  const changed = await ask('admin', {
    method: 'PATCH',
    url,
    body: { port: 6432, password: 'hunter2-hunter2' }
  })
  t.match(changed.json(), { host: 'db.internal', port: 6432 })
  t.equal(await catalog.sources.readSecret(id), 'hunter2-hunter2')
  t.equal((await ask('admin', { method: 'PATCH', url, body: {} })).json().code, 'VALIDATION_FAILED')
  t.equal(
    (await ask('admin', { method: 'PATCH', url, body: { name: 'x' } })).json().code,
    'VALIDATION_FAILED'
  )

  const audit = await ask('admin', { url: '/v1/audit' })
  t.strictSame(
    audit.json().items.map((e: { action: string }) => e.action),
    ['source.change', 'source.create']
  )
  t.match(audit.json().items[0], { actor: 'key:admin', resource: `source:${id}` })
  t.strictSame((await ask('admin', { url: '/v1/audit/verify' })).json(), {
    valid: true,
    firstBrokenId: null
  })

  const answers = [
    created,
    changed,
    audit,
    await ask('viewer', { url }),
    await ask('viewer', { url: '/v1/sources' })
  ]
  const seen =
    JSON.stringify(answers.map(({ headers, body }) => ({ headers, body }))) + lines.join('')
  t.notMatch(seen, /correct-horse|hunter2/)

  t.equal((await ask('admin', { method: 'DELETE', url })).statusCode, 204)
  t.equal((await ask('admin', { url })).json().code, 'SOURCE_NOT_FOUND')
})

t.test('a name is taken once', async t => {
  const { ask } = await buildTestApp(t)
  const add = () => ask('admin', { method: 'POST', url: '/v1/sources', body: sourceBody() })
  await add()
  t.match((await add()).json(), { code: 'NAME_TAKEN', status: 409 })
})

t.test('passwords may be named instead of given, but not the service’s own secrets', async t => {
  const { ask } = await buildTestApp(t)
  const { password: _, ...body } = sourceBody()
  const add = (name: string, secret: object) =>
    ask('admin', { method: 'POST', url: '/v1/sources', body: { ...body, name, ...secret } })
  t.match((await add('none', {})).json(), { hasSecret: false })
  t.match((await add('env', { passwordEnv: 'SHOP_PASSWORD' })).json(), { hasSecret: true })
  t.match((await add('file', { passwordFile: '/run/secrets/shop' })).json(), { hasSecret: true })
  t.equal(
    (await add('own', { passwordEnv: 'RESGUARDO_MASTER_KEY' })).json().code,
    'VALIDATION_FAILED'
  )
  t.equal((await add('relative', { passwordFile: 'shop' })).json().code, 'VALIDATION_FAILED')
})

t.test('a list is read page by page', async t => {
  const { ask } = await buildTestApp(t)
  const names = ['a', 'b', 'c', 'd', 'e']
  for (const name of names)
    await ask('admin', { method: 'POST', url: '/v1/sources', body: sourceBody(name) })
  const seen: string[] = []
  let cursor: string | null = ''
  let pages = 0
  while (cursor !== null) {
    const url: string = `/v1/sources?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const page = (await ask('viewer', { url })).json()
    seen.push(...page.items.map((item: { name: string }) => item.name))
    cursor = page.nextCursor
    pages += 1
  }
  t.strictSame(seen.sort(), names)
  t.equal(pages, 3)
})
