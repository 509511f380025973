import t from 'tap'
import { testCatalog } from './support.ts'

const { catalog, database } = await testCatalog(t)
const { apiKeys } = catalog

t.test('a key is shown once; the catalog holds only its hash', async t => {
  const { apiKey, key } = await apiKeys.create({ name: 'deploy', role: 'operator' })
  t.match(key, /^rg_[\w-]{43}$/)
  t.ok(key.startsWith(apiKey.prefix) && apiKey.prefix.length < 12)
  const kept = JSON.stringify([
    await apiKeys.get(apiKey.id),
    await apiKeys.list({ limit: 9 }),
    await database.query('SELECT k::text FROM api_keys k')
  ])
  t.notMatch(kept, key.slice(apiKey.prefix.length))
  t.not(key, (await apiKeys.create({ name: 'deploy', role: 'operator' })).key)
})

t.test('only the whole key lets in, with its role', async t => {
  const { apiKey, key } = await apiKeys.create({ name: 'viewer', role: 'viewer' })
  t.match(await apiKeys.authenticate(key), { id: apiKey.id, role: 'viewer' })
  for (const wrong of ['', 'rg_', key.slice(0, -1), `${key}x`, key.toUpperCase(), ` ${key}`, '\0'])
    t.equal(await apiKeys.authenticate(wrong), undefined, JSON.stringify(wrong.slice(0, 3)))
})

t.test('an expired and a revoked key let nobody in', async t => {
  const past = await apiKeys.create({
    name: 'p',
    role: 'admin',
    expiresAt: new Date(Date.now() - 60_000)
  })
  const future = await apiKeys.create({
    name: 'f',
    role: 'admin',
    expiresAt: new Date(Date.now() + 3_600_000)
  })
  t.equal(await apiKeys.authenticate(past.key), undefined)
  t.match(await apiKeys.authenticate(future.key), { name: 'f' })
  const { revokedAt } = await apiKeys.revoke(future.apiKey.id)
  t.equal(await apiKeys.authenticate(future.key), undefined)
  t.same((await apiKeys.revoke(future.apiKey.id)).revokedAt, revokedAt, 'revoked once')
})

t.test('use is stamped, once a minute at most', async t => {
  const { apiKey, key } = await apiKeys.create({ name: 'used', role: 'viewer' })
  const used = async () => (await apiKeys.get(apiKey.id)).lastUsedAt
  t.equal(await used(), null)
  await apiKeys.authenticate(key)
  const first = await used()
  t.ok(first)
  await apiKeys.authenticate(key)
  t.same(await used(), first)
  await database.query(`UPDATE api_keys SET last_used_at = now() - interval '61 seconds'`)
  await apiKeys.authenticate(key)
  t.ok((await used())!.getTime() >= first!.getTime())
})

t.test('what is no id is not found, not an error of the database', async t => {
  for (const id of [
    '',
    'x',
    "'; DROP TABLE api_keys; --",
    '00000000-0000-0000-0000-000000000000'
  ]) {
    await t.rejects(apiKeys.get(id), { code: 'API_KEY_NOT_FOUND' })
    await t.rejects(apiKeys.revoke(id), { code: 'API_KEY_NOT_FOUND' })
  }
})
