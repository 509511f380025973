import { join } from 'node:path'
import t from 'tap'
import { createMasterKey } from '../src/index.ts'
import { createSealer } from '../src/seal.ts'
import { addRepository, addSource, testCatalog } from './support.ts'

const refused = { code: 'SECRET_KEY_UNKNOWN' }
const owner = 'sources/1'
const sealer = (current?: string, previous?: string) =>
  createSealer({ ...(current ? { current } : {}), ...(previous ? { previous } : {}), env: {} })

t.test('what was sealed opens again, whatever it is', async t => {
  const { store, open } = sealer(createMasterKey())
  for (const value of [
    'hunter2',
    '',
    ' sp ace ',
    'env:PATH',
    'v1.a.b.c.d',
    'ñ€🔑\n\0',
    'x'.repeat(99_999)
  ])
    t.equal(open(store({ value }, owner), owner), value)
})

t.test('the sealed form shows neither the secret nor that two are equal', async t => {
  const { store } = sealer(createMasterKey())
  const [one, two] = [store({ value: 'hunter2' }, owner), store({ value: 'hunter2' }, owner)]
  t.match(one, /^v1\.[0-9a-f]{8}(\.[\w-]+){3}$/)
  t.not(one, two)
  t.notMatch(one + two, /hunter2|aHVudGVyMg/)
})

t.test('another key does not open it, and the refusal shows nothing of it', async t => {
  const sealed = sealer(createMasterKey()).store({ value: 'hunter2' }, owner)
  for (const other of [sealer(createMasterKey()), sealer()]) {
    t.throws(() => other.open(sealed, owner), refused)
    t.throws(() => other.open(sealed, owner), { message: /^(?!.*hunter2)/ })
  }
})

t.test('one changed character in any part is noticed', async t => {
  const { store, open } = sealer(createMasterKey())
  const sealed = store({ value: 'hunter2' }, owner)
  const starts = [0, ...[...sealed.matchAll(/\./g)].map(({ index }) => index + 1)]
  t.equal(starts.length, 5, 'version, key, iv, tag, text')
  for (const at of starts) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'a' ? 'b' : 'a') + sealed.slice(at + 1)
    t.throws(() => open(changed, owner), refused, `at ${at}`)
  }
  for (const cut of ['', 'v1', sealed.slice(0, 20), sealed.slice(0, sealed.lastIndexOf('.') + 1)])
    t.throws(() => open(cut, owner), refused, `cut to ${cut.length}`)
})

t.test('it opens only for the row it was sealed for', async t => {
  const { store, open } = sealer(createMasterKey())
  const sealed = store({ value: 'hunter2' }, 'sources/1')
  t.throws(() => open(sealed, 'sources/2'), refused)
  t.throws(() => open(sealed, 'repositories/1'), refused)
})

t.test('a key that is not 32 bytes is refused before anything is sealed with it', async t => {
  for (const key of ['short', 'x'.repeat(60), Buffer.alloc(16).toString('base64')])
    t.throws(() => sealer(key), { code: 'CONFIG_INVALID', message: /^(?!.*xxx)/ })
  t.throws(() => sealer(createMasterKey(), 'short'), { code: 'CONFIG_INVALID' }, 'the previous one')
})

t.test('without a key nothing is stored in clear instead', async t => {
  t.throws(() => sealer().store({ value: 'hunter2' }, owner), refused)
})

t.test(
  'in the catalog: sealed in the table, absent from what is listed, read by workers',
  async t => {
    const { catalog, database } = await testCatalog(t)
    const source = await addSource(catalog, 'shop', { value: 'hunter2' })
    const repository = await addRepository(catalog, 'nas', { value: 'hunter3' })
    t.equal(await catalog.sources.readSecret(source.id), 'hunter2')
    t.equal(await catalog.repositories.readSecret(repository.id), 'hunter3')
    t.ok(source.hasSecret && repository.hasSecret)
    const shown = await Promise.all([
      catalog.sources.get(source.id),
      catalog.sources.list({ limit: 9 }),
      catalog.repositories.list({ limit: 9 }),
      database.query('SELECT s::text, r::text FROM sources s, repositories r')
    ])
    t.notMatch(JSON.stringify([source, repository, shown]), /hunter/)
    const bare = await addSource(catalog, 'trusting')
    t.equal(bare.hasSecret, false)
    t.equal(await catalog.sources.readSecret(bare.id), undefined)
  }
)

t.test('in the catalog: a secret copied to another row does not open', async t => {
  const { catalog, database } = await testCatalog(t)
  await addSource(catalog, 'rich', { value: 'hunter2' })
  const poor = await addSource(catalog, 'poor', { value: 'nothing' })
  await database.query(
    `UPDATE sources SET secret = (SELECT secret FROM sources WHERE name = 'rich') WHERE name = 'poor'`
  )
  await t.rejects(catalog.sources.readSecret(poor.id), refused)
})

t.test('in the catalog: a new secret replaces the old one, a new connection keeps it', async t => {
  const { catalog } = await testCatalog(t)
  const { id, connection } = await addSource(catalog, 'shop', { value: 'old' })
  await catalog.sources.update(id, { connection: { ...connection, host: 'db2' } })
  t.equal(await catalog.sources.readSecret(id), 'old')
  await catalog.sources.update(id, { secret: { value: 'new' } })
  t.equal(await catalog.sources.readSecret(id), 'new')
  t.equal((await catalog.sources.get(id)).connection.host, 'db2')
})

t.test('references are resolved where they are read, not where they are stored', async t => {
  const { catalog, open } = await testCatalog(t)
  const file = join(t.testdir({ password: 'from-file\n' }), 'password')
  const byEnv = await addSource(catalog, 'by-env', { env: 'SHOP_PASSWORD' })
  const byFile = await addSource(catalog, 'by-file', { file })
  const gone = await addSource(catalog, 'gone', { file: `${file}.gone` })
  const worker = await open({ env: { SHOP_PASSWORD: 'from-env' } })
  t.equal(await worker.sources.readSecret(byEnv.id), 'from-env')
  t.equal(await worker.sources.readSecret(byFile.id), 'from-file')
  const missing = { code: 'SECRET_REFERENCE_MISSING' }
  await t.rejects(catalog.sources.readSecret(byEnv.id), { ...missing, message: /SHOP_PASSWORD/ })
  await t.rejects(worker.sources.readSecret(gone.id), { ...missing, message: /ENOENT/ })
})

t.test('a reference needs no master key', async t => {
  const { open } = await testCatalog(t)
  const keyless = await open({ masterKey: '', env: { P: 'x' } })
  const { id } = await addSource(keyless, 'shop', { env: 'P' })
  t.equal(await keyless.sources.readSecret(id), 'x')
  await t.rejects(addSource(keyless, 'other', { value: 'x' }), refused)
})

t.test('rotation: all secrets move to the new key, references stay', async t => {
  const { catalog, open, masterKey } = await testCatalog(t)
  const next = createMasterKey()
  const source = await addSource(catalog, 'shop', { value: 'hunter2' })
  const repository = await addRepository(catalog, 'nas', { value: 'hunter3' })
  const reference = await addSource(catalog, 'by-env', { env: 'P' })
  await addSource(catalog, 'none')

  const rotating = await open({ masterKey: next, previousMasterKey: masterKey, env: { P: 'x' } })
  t.equal(await rotating.sources.readSecret(source.id), 'hunter2', 'the previous key still opens')
  t.equal(await rotating.resealSecrets(), 2)
  t.equal(await rotating.resealSecrets(), 0, 'nothing is left to do')

  const after = await open({ masterKey: next, env: { P: 'x' } })
  t.equal(await after.sources.readSecret(source.id), 'hunter2')
  t.equal(await after.repositories.readSecret(repository.id), 'hunter3')
  t.equal(await after.sources.readSecret(reference.id), 'x')
  await t.rejects(catalog.sources.readSecret(source.id), refused, 'the old key is worth nothing')
})

t.test('rotation: one secret that does not open, and nothing is changed', async t => {
  const { catalog, open, masterKey, database } = await testCatalog(t)
  await addSource(catalog, 'shop', { value: 'hunter2' })
  const stranger = await open({ masterKey: createMasterKey() })
  await addRepository(stranger, 'nas', { value: 'hunter3' })
  const secrets = () =>
    database.query('SELECT secret FROM sources UNION ALL SELECT secret FROM repositories')
  const before = await secrets()
  const rotating = await open({ masterKey: createMasterKey(), previousMasterKey: masterKey })
  await t.rejects(rotating.resealSecrets(), refused)
  t.same(await secrets(), before)
})
