import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { storages } from '@resguardo/storage'
import t, { type Test } from 'tap'
import { initialiseRepository, readIdentityFile } from '../src/index.ts'

const now = new Date('2026-11-20T02:00:00Z')

/** An empty place, or one whose identity file holds `text`. */
function place(t: Test, text?: string) {
  const path = t.testdir()
  const name = join(path, 'resguardo.json')
  if (text !== undefined) writeFileSync(name, text)
  return { storage: storages.local.open({ path }), read: () => readFileSync(name, 'utf8') }
}

const good = {
  format: 'resguardo',
  formatVersion: 1,
  repositoryId: 'r1',
  createdAt: now.toISOString(),
  signers: ['pem']
}

t.test('an empty place becomes a repository once, and is one ever after', async t => {
  const { storage, read } = place(t)
  await t.rejects(readIdentityFile(storage), { code: 'REPOSITORY_UNINITIALISED' })
  const made = await initialiseRepository(storage, ['pem'], now)
  t.match(made, { ...good, repositoryId: /^[0-9a-f-]{36}$/ })
  const text = read()
  t.same(JSON.parse(text), made)
  t.match(text, /\n {2}"format".*\n}\n$/s, 'a person can read it')
  t.same(await initialiseRepository(storage, ['another'], new Date()), made)
  t.equal(read(), text, 'to the byte')
})

t.test('many at once agree on one identity', async t => {
  const { storage } = place(t)
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, i) => initialiseRepository(storage, [`pem ${i}`], now))
  )
  t.same(new Set(made.map(({ repositoryId }) => repositoryId)).size, 1)
  for (const one of made) t.same(one, made[0])
})

t.test('a newer format is said to be newer, and left as it is', async t => {
  const { storage, read } = place(t, JSON.stringify({ ...good, formatVersion: 2 }))
  const newer = { code: 'REPOSITORY_FORMAT_NEWER', message: /format 2/ }
  await t.rejects(readIdentityFile(storage), newer)
  await t.rejects(initialiseRepository(storage, ['pem'], now), newer)
  t.match(read(), /"formatVersion":2/)
})

t.test('what is no identity is never replaced by one', async t => {
  const texts = {
    empty: '',
    cut: JSON.stringify(good).slice(0, -9),
    'of another program': JSON.stringify({ ...good, format: 'restic' }),
    'without an id': JSON.stringify({ ...good, repositoryId: undefined }),
    'a version in text': JSON.stringify({ ...good, formatVersion: '1' }),
    null: 'null'
  }
  for (const [what, text] of Object.entries(texts)) {
    await t.test(what, async t => {
      const { storage, read } = place(t, text)
      await t.rejects(readIdentityFile(storage), { code: 'MANIFEST_INVALID' })
      await t.rejects(initialiseRepository(storage, [], now), { code: 'MANIFEST_INVALID' })
      t.equal(read(), text)
    })
  }
})

t.test('unknown fields do no harm', async t => {
  const { storage } = place(t, JSON.stringify({ ...good, region: 'eu' }))
  t.match(await readIdentityFile(storage), { repositoryId: 'r1', region: 'eu' })
})

t.test('a place that is gone is an error, not a new repository', async t => {
  const storage = storages.local.open({ path: join(t.testdir(), 'not-mounted') })
  await t.rejects(initialiseRepository(storage, [], now), { code: /^STORAGE_/ })
})
