import { setTimeout as sleep } from 'node:timers/promises'
import { type ObjectLock, type Storage, storages } from '@resguardo/storage'
import t, { type Test } from 'tap'
import { testBucket } from '../../../test/support/s3.ts'
import { backupPrefix, manifestKey, openRepository, tombstoneKey } from '../src/index.ts'
import { removeBackup } from '../src/removal.ts'
import { dyingAt, killed, storedBackup, testRepository, wholeBackups } from './support.ts'

const id = '20261120T020000Z-logical-aaaaaaaa'
const other = '20261121T020000Z-logical-bbbbbbbb'
const removal = { reason: 'retention', removedAt: new Date('2026-12-01T03:04:05Z') }
const soon = new Date(0)
const nothingInUse = () => false

const governance = (seconds: number): ObjectLock => ({
  mode: 'governance',
  until: new Date(Date.now() + seconds * 1_000)
})

/** A repository in a bucket whose objects can be locked. */
async function lockingRepository(t: Test) {
  const bucket = await testBucket(t, { objectLock: true })
  const features = { objectLock: true, versioned: true }
  const storage = storages.s3.open(bucket.settings, bucket.secret, { features })
  t.teardown(() => storage.close())
  return { ...bucket, ...(await testRepository(t, storage)) }
}

/** Waits for the end of an object's lock. */
async function unlocked(storage: Storage, key: string) {
  while ((await storage.head(key))!.lockedUntil! >= new Date()) await sleep(100)
}

t.test(
  'a locked backup is removed by nobody before its time, and then with every version',
  async t => {
    const { storage, repository, versions } = await lockingRepository(t)
    const lock = governance(8)
    await storedBackup(repository, id, { lock })
    t.same(await repository.lockedUntil('shop', id), lock.until)
    t.equal(await repository.lockedUntil('shop', other), undefined)
    for await (const { key } of storage.list(backupPrefix('shop', id)))
      t.same((await storage.head(key))!.lockedUntil, lock.until, key)
    const before = await versions()
    await t.rejects(repository.remove('shop', id, removal), {
      code: 'STORAGE_LOCKED',
      message: new RegExp(`is locked until ${lock.until.toISOString()}`)
    })
    t.same(await versions(), before)
    t.same(await wholeBackups(repository), [id])
    await unlocked(storage, manifestKey('shop', id))
    await repository.remove('shop', id, removal)
    t.match(await versions(), [{ Key: 'resguardo.json' }])
  }
)

t.test('one locked object protects the whole backup', async t => {
  const { storage, repository, versions } = await lockingRepository(t)
  const { objects } = await storedBackup(repository, id)
  t.equal(await repository.lockedUntil('shop', id), undefined)
  const key = backupPrefix('shop', id) + objects[1]!.key
  await storage.extendLock(key, governance(60))
  const before = await versions()
  await t.rejects(repository.remove('shop', id, removal), {
    code: 'STORAGE_LOCKED',
    message: new RegExp(`^${key} `)
  })
  t.same(await versions(), before)
  t.same(await wholeBackups(repository), [id])
})

t.test('a lock is extended on every object, on the manifest last', async t => {
  const { storage, options, repository } = await lockingRepository(t)
  const manifest = await storedBackup(repository, id, { count: 10, lock: governance(30) })
  const order: string[] = []
  const watched: Storage = {
    ...storage,
    async extendLock(key, lock) {
      await storage.extendLock(key, lock)
      order.push(key)
    }
  }
  const lock = governance(60)
  await (await openRepository({ ...options, storage: watched })).extendLock(manifest, lock)
  for await (const { key } of storage.list(backupPrefix('shop', id)))
    t.same((await storage.head(key))!.lockedUntil, lock.until, key)
  t.equal(order.length, 12)
  t.same(order.slice(-2), [`${manifestKey('shop', id)}.sig`, manifestKey('shop', id)])
})

t.test('the same commit again with a longer lock has the longer lock', async t => {
  const { repository } = await lockingRepository(t)
  const manifest = await storedBackup(repository, id, { lock: governance(30) })
  const longer = governance(60)
  await repository.commit(manifest, longer)
  t.same(await repository.lockedUntil('shop', id), longer.until)
})

t.test('what a lock keeps of an attempt that failed is counted, and goes when it may', async t => {
  const { storage, repository, versions } = await lockingRepository(t)
  const lock = governance(8)
  const prefix = backupPrefix('shop', id)
  for (const [key, as] of [
    ['a', {}],
    ['locked', { lock }],
    ['z', {}]
  ] as const)
    await storage.write(prefix + key, once('x'), as)
  t.equal(await repository.discard('shop', id), true)
  t.same(
    (await versions()).map(({ Key }) => Key),
    ['resguardo.json', `${prefix}locked`]
  )
  const later = new Date(Date.now() + 60_000)
  t.same(await repository.tidy(later, nothingInUse), { removed: 0, locked: 1 })
  await unlocked(storage, `${prefix}locked`)
  t.same(await repository.tidy(later, nothingInUse), { removed: 1, locked: 0 })
  t.match(await versions(), [{ Key: 'resguardo.json' }])
})

t.test('tidy leaves a removal alone while anything of it is locked', async t => {
  const { storage, repository, versions } = await lockingRepository(t)
  const { objects } = await storedBackup(repository, id)
  await storage.write(tombstoneKey('shop', id), once('{}'))
  const key = backupPrefix('shop', id) + objects[0]!.key
  await storage.extendLock(key, governance(8))
  const before = await versions()
  t.same(await repository.tidy(soon, nothingInUse), { removed: 0, locked: 1 })
  t.same(await versions(), before)
  await unlocked(storage, key)
  t.same(await repository.tidy(soon, nothingInUse), { removed: 5, locked: 0 })
  t.match(await versions(), [{ Key: 'resguardo.json' }])
})

t.test('where the bucket locks by default only the tombstone of a removal stays', async t => {
  const { storage, repository, lockByDefault, versions } = await lockingRepository(t)
  await storedBackup(repository, id, { lock: governance(8) })
  await lockByDefault()
  await unlocked(storage, manifestKey('shop', id))
  await repository.remove('shop', id, removal)
  t.match(await versions(), [{ Key: 'resguardo.json' }, { Key: tombstoneKey('shop', id) }])
  t.same(await wholeBackups(repository), [])
  t.same(await repository.tidy(soon, nothingInUse), { removed: 0, locked: 1 })
})

t.test(
  'killed after any operation: what is listed is whole, and no version is left in the end',
  async t => {
    const { storage, repository, versions } = await lockingRepository(t)
    await storedBackup(repository, other)
    const end = await versions()
    for (let n = 1, alive = false; !alive; n++) {
      await storedBackup(repository, id)
      alive = await removeBackup(dyingAt(storage, n, 'after'), 'shop', id, removal).then(
        () => true,
        error => {
          if (error !== killed) throw error
          return false
        }
      )
      t.ok((await wholeBackups(repository)).includes(other))
      await repository.remove('shop', id, removal)
      t.same(await versions(), end, `${n}`)
    }
  }
)

async function* once(text: string) {
  yield Buffer.from(text)
}
