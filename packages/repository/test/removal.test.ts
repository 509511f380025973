import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Storage } from '@resguardo/storage'
import t from 'tap'
import { backupPrefix, manifestKey, openRepository, tombstoneKey } from '../src/index.ts'
import { AT_ONCE } from '../src/object-lock.ts'
import { removeBackup } from '../src/removal.ts'
import { dyingAt, killed, storedBackup, testRepository, wholeBackups } from './support.ts'

const removed = '20261120T020000Z-logical-aaaaaaaa'
const kept = '20261120T020000Z-logical-aaaaaaaab'
const removal = { reason: 'retention', removedAt: new Date('2026-12-01T03:04:05Z') }
const nothingInUse = () => false

for (const when of ['before', 'after'] as const)
  t.test(
    `killed ${when} any operation: what is listed is whole, and the next one ends it`,
    async t => {
      const { storage, repository, files } = await testRepository(t)
      await storedBackup(repository, kept)
      const end = files()
      let kills = 0
      for (const finish of ['remove', 'tidy'] as const) {
        for (let n = 1, alive = false; !alive; n++) {
          // More objects than are deleted at once.
          await storedBackup(repository, removed, { count: 12 })
          alive = await removeBackup(dyingAt(storage, n, when), 'shop', removed, removal).then(
            () => true,
            error => {
              if (error !== killed) throw error
              kills++
              return false
            }
          )
          const listed = await wholeBackups(repository)
          const begun = files().some(key => key.endsWith('tombstone.json'))
          if (alive) t.same([begun, listed], [false, [kept]])
          else if (listed.includes(removed)) t.notOk(begun)
          if (finish === 'tidy' && begun) await repository.tidy(new Date(0), nothingInUse)
          else await repository.remove('shop', removed, removal)
          t.same(files(), end, `${n} and ${finish}`)
        }
      }
      t.ok(kills > 2 * (12 + 12), `${kills} kills`)
      t.same(await wholeBackups(repository), [kept])
    }
  )

t.test('tombstone first, then the manifest and its signature, then the rest', async t => {
  const { path, storage, repository, files } = await testRepository(t)
  await storedBackup(repository, removed, { count: 3 })
  const prefix = backupPrefix('shop', removed)
  const order: string[] = []
  const watched: Storage = {
    ...storage,
    async write(key, ...rest) {
      order.push(`write ${key.slice(prefix.length)}`)
      return storage.write(key, ...rest)
    },
    async delete(key) {
      order.push(`delete ${key.slice(prefix.length)}`)
      await storage.delete(key)
    }
  }
  const progress: number[][] = []
  const stones: string[] = []
  await removeBackup(watched, 'shop', removed, {
    ...removal,
    onProgress: (done, total) => {
      progress.push([done, total])
      stones.push(readFileSync(join(path, tombstoneKey('shop', removed)), 'utf8'))
    }
  })
  t.same(order.slice(0, 3), [
    'write tombstone.json',
    'delete manifest.json',
    'delete manifest.json.sig'
  ])
  t.same(
    order.slice(3, 6).sort(),
    [0, 1, 2].map(i => `delete data/t.${i}.zst.age`)
  )
  t.same(order.slice(6), ['delete tombstone.json'])
  t.same(
    progress,
    [1, 2, 3, 4, 5].map(done => [done, 5])
  )
  t.same(JSON.parse(stones[0]!), {
    formatVersion: 1,
    id: removed,
    source: 'shop',
    reason: 'retention',
    removedAt: '2026-12-01T03:04:05.000Z'
  })
  t.same(files(), ['resguardo.json'])
})

t.test('one who listens to the progress may end it; the first reason stays', async t => {
  const { path, repository, files } = await testRepository(t)
  await storedBackup(repository, removed, { count: 20 })
  const stop = new Error('fenced')
  const onProgress = (done: number) => {
    if (done === 3) throw stop
  }
  await t.rejects(repository.remove('shop', removed, { ...removal, onProgress }), stop)
  t.same(await wholeBackups(repository), [])
  t.ok(files().filter(key => key.includes('/data/')).length >= 20 - AT_ONCE, 'nothing new began')
  const stone = readFileSync(join(path, tombstoneKey('shop', removed)))
  await t.rejects(
    repository.remove('shop', removed, {
      reason: 'by hand',
      removedAt: new Date(),
      onProgress() {
        throw stop
      }
    }),
    stop
  )
  t.same(readFileSync(join(path, tombstoneKey('shop', removed))), stone)
  await repository.remove('shop', removed, removal)
  t.notOk(existsSync(join(path, 'shop')))
})

t.test('what is not there is removed already; what was never committed goes too', async t => {
  const { storage, repository, files } = await testRepository(t)
  await repository.remove('shop', removed, removal)
  t.same(files(), ['resguardo.json'])
  await storedBackup(repository, removed)
  await storage.delete(manifestKey('shop', removed))
  await repository.remove('shop', removed, removal)
  t.same(files(), ['resguardo.json'])
})

t.test('a backup with a tombstone is none, also beside others', async t => {
  const { path, repository } = await testRepository(t)
  const ids = [removed, kept, '20261121T020000Z-logical-aaaaaaaa']
  for (const id of ids) await storedBackup(repository, id)
  t.same(await wholeBackups(repository), ids)
  for (const id of ids) {
    writeFileSync(join(path, tombstoneKey('shop', id)), '{}')
    t.same(await wholeBackups(repository), ids.slice(ids.indexOf(id) + 1))
  }
})

t.test('tidy ends removals whatever their age, but none that is in use', async t => {
  const { path, repository, files } = await testRepository(t)
  for (const id of [removed, kept]) await storedBackup(repository, id)
  writeFileSync(join(path, tombstoneKey('shop', removed)), '{}')
  const before = files()
  t.same(await repository.tidy(new Date(0), id => id === removed), { removed: 0, locked: 0 })
  t.same(files(), before)
  t.same(await repository.tidy(new Date(0), nothingInUse), { removed: 5, locked: 0 })
  t.same(await wholeBackups(repository), [kept])
  t.equal(files().filter(key => key.includes(`${removed}/`)).length, 0)
})

t.test('tidy takes what was never committed when it is old and not in use', async t => {
  const { path, storage, repository, files } = await testRepository(t)
  for (const id of [removed, kept]) await storedBackup(repository, id)
  await storage.delete(manifestKey('shop', removed))
  const past = new Date('2020-01-01')
  for (const key of files()) utimesSync(join(path, key), past, past)
  const young = join(path, backupPrefix('shop', removed), 'data/t.1.zst.age')
  utimesSync(young, new Date(), new Date())
  const limit = new Date('2021-01-01')
  t.same(await repository.tidy(limit, nothingInUse), { removed: 0, locked: 0 }, 'one is young')
  utimesSync(young, past, past)
  t.same(await repository.tidy(limit, id => id === removed), { removed: 0, locked: 0 }, 'in use')
  t.same(await repository.tidy(limit, nothingInUse), { removed: 3, locked: 0 })
  t.same(await wholeBackups(repository), [kept])
})

t.test(
  'objects go into the class that is asked for, what is read often into the standard one',
  async t => {
    const { storage, options } = await testRepository(t)
    const classes: Record<string, string | undefined> = {}
    const watched: Storage = {
      ...storage,
      write(key, body, as) {
        classes[key.split('/').at(-1)!] = as?.storageClass
        return storage.write(key, body, as)
      }
    }
    const repository = await openRepository({ ...options, storage: watched })
    await storedBackup(repository, removed, { count: 1, storageClass: 'COLD' })
    await repository.remove('shop', removed, removal)
    t.same(classes, {
      't.0.zst.age': 'COLD',
      'manifest.json.sig': 'STANDARD',
      'manifest.json': 'STANDARD',
      'tombstone.json': 'STANDARD'
    })
  }
)
