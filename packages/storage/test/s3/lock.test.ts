import { setTimeout as sleep } from 'node:timers/promises'
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand
} from '@aws-sdk/client-s3'
import t from 'tap'
import { faultProxy } from '../../../../test/support/fault-proxy.ts'
import { type ObjectLock, type Storage, WITHOUT_END } from '../../src/index.ts'
import { answerProxy } from '../answer-proxy.ts'
import { digest, digestOf, endingIn, inPieces, keys, PART, random } from '../bodies.ts'
import { bucketStorage, lockingStorage, openBucket } from './support.ts'

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000)
const governance = (seconds: number): ObjectLock => ({
  mode: 'governance',
  until: inSeconds(seconds)
})
const locked = (key: string, until: Date) => ({
  name: 'AppError',
  code: 'STORAGE_LOCKED',
  message: new RegExp(`^${key} is locked until ${until.toISOString()}`)
})

/** Waits for the end of an object's lock. */
async function unlocked(storage: Storage, key: string) {
  while ((await storage.head(key))!.lockedUntil! >= new Date()) await sleep(100)
}

for (const mode of ['governance', 'compliance'] as const) {
  for (const [how, size] of Object.entries({ 'a single put': 1_000, 'several parts': PART + 1 })) {
    t.test(`${mode}, ${how}: nobody deletes it before its time, we do after`, async t => {
      const { storage, client, bucket, versions } = await lockingStorage(t, { prefix: 'p' })
      const until = inSeconds(8)
      const body = random(size)
      t.same(await storage.write('k', inPieces(body), { lock: { mode, until } }), { bytes: size })
      t.same((await storage.head('k'))!.lockedUntil, until)
      const [version] = await versions()
      const stored = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'p/k' }))
      t.equal(stored.ObjectLockMode, mode.toUpperCase())

      await t.rejects(storage.delete('k'), locked('k', until))
      const deleting = new DeleteObjectCommand({ Bucket: bucket, ...version! })
      await t.rejects(client.send(deleting), { name: 'AccessDenied' })
      t.same(await digest(await storage.read('k')), digestOf(body))

      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'p/k' }))
      t.equal(await storage.head('k'), undefined, 'a marker hides it')
      await t.rejects(storage.delete('k'), locked('k', until), 'hidden, and locked as before')
      const hidden = await versions()
      t.equal(hidden.length, 2)
      const marker = hidden.find(({ VersionId }) => VersionId !== version!.VersionId)!
      await client.send(new DeleteObjectCommand({ Bucket: bucket, ...marker }))
      t.same(await digest(await storage.read('k')), digestOf(body))

      await unlocked(storage, 'k')
      await storage.delete('k')
      t.same(await versions(), [], 'with every version')
    })
  }
}

t.test('where one version is locked none is deleted, and the last lock is named', async t => {
  const { storage, versions } = await lockingStorage(t)
  const [soon, late] = [governance(50), governance(80)]
  const newest = random(30)
  await storage.write('k', inPieces(random(10)))
  for (const lock of [soon, late, soon]) await storage.write('k', inPieces(random(20)), { lock })
  await storage.write('k', inPieces(newest))
  t.notOk('lockedUntil' in (await storage.head('k'))!)
  await t.rejects(storage.delete('k'), locked('k', late.until))
  t.equal((await versions()).length, 5)
  t.same(await digest(await storage.read('k')), digestOf(newest))
})

t.test('a legal hold is a lock without end', async t => {
  const { storage, client, bucket, versions } = await lockingStorage(t)
  await storage.write('k', inPieces(random(10)))
  await hold('ON')
  t.same((await storage.head('k'))!.lockedUntil, WITHOUT_END)
  await t.rejects(storage.delete('k'), {
    code: 'STORAGE_LOCKED',
    message: 'k is locked by a legal hold'
  })
  const { mode, until } = governance(60)
  await storage.extendLock('k', { mode, until })
  await hold('OFF')
  t.same((await storage.head('k'))!.lockedUntil, until, 'it was extended under the hold')
  await storage.write('free', inPieces(random(10)))
  await storage.delete('free')
  t.equal((await versions()).length, 1)

  function hold(Status: 'ON' | 'OFF') {
    const LegalHold = { Status }
    return client.send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key: 'k', LegalHold }))
  }
})

t.test('delete takes every version and marker of the key, and of no other', async t => {
  const { storage, client, bucket, versions } = await lockingStorage(t)
  for (const key of ['k', 'k', 'k/below', 'k', 'k2', 'j'])
    await storage.write(key, inPieces(random(10)))
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }))
  await storage.write('k', inPieces(random(10)))
  await storage.delete('k')
  t.same((await versions()).map(({ Key }) => Key).sort(), ['j', 'k/below', 'k2'])
  t.same(await keys(storage, ''), ['j', 'k/below', 'k2'])
})

t.test('delete goes through more versions than a page has', async t => {
  const { storage, client, bucket, versions } = await lockingStorage(t)
  await storage.write('k2', inPieces(random(10)))
  const put = new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x' })
  for (let i = 0; i < 1_001; i += 11)
    await Promise.all(Array.from({ length: 11 }, () => client.send(put)))
  await storage.delete('k')
  t.match(await versions(), [{ Key: 'k2' }])
})

t.test('a delete that is cut off has not brought back an older version', async t => {
  const bucket = await lockingStorage(t)
  const newest = random(20)
  for (const body of [random(10), random(11), newest])
    await bucket.storage.write('k', inPieces(body))
  let deletes = 0
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method }) =>
    method === 'DELETE' && ++deletes > 1 ? 403 : 'pass'
  )
  const options = { features: { objectLock: true } }
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url }, options)
  await t.rejects(storage.delete('k'), { code: 'STORAGE_DENIED' })
  t.equal((await bucket.versions()).length, 2)
  t.same(await digest(await bucket.storage.read('k')), digestOf(newest))
})

t.test('extendLock makes a lock longer, never shorter, never weaker', async t => {
  const { storage, client, bucket } = await lockingStorage(t)
  const [soon, late, later] = [governance(60), governance(90), governance(120)]
  await storage.write('k', inPieces(random(10)))
  await storage.extendLock('k', soon)
  t.same(await state(), { mode: 'GOVERNANCE', until: soon.until }, 'one that had none')
  await storage.extendLock('k', late)
  t.same(await state(), { mode: 'GOVERNANCE', until: late.until })
  for (const lock of [soon, late, { ...soon, mode: 'compliance' as const }]) {
    await storage.extendLock('k', lock)
    t.same(await state(), { mode: 'GOVERNANCE', until: late.until }, 'it lasts longer already')
  }
  const compliance = { mode: 'compliance', until: inSeconds(60) } as const
  await storage.write('k', inPieces(random(10)), { lock: compliance })
  await storage.extendLock('k', { mode: 'governance', until: inSeconds(90) })
  t.equal((await state()).mode, 'COMPLIANCE')
  await t.rejects(storage.extendLock('missing', later), { code: 'STORAGE_OBJECT_NOT_FOUND' })
  await t.rejects(storage.extendLock('../k', later), { code: 'STORAGE_KEY_INVALID' })

  async function state() {
    const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }))
    return { mode: found.ObjectLockMode, until: found.ObjectLockRetainUntilDate }
  }
})

t.test('a write that fails locks nothing', async t => {
  const { storage, versions, uploads } = await lockingStorage(t)
  for (const size of [10, PART + 1]) {
    const died = new Error('source died')
    const writing = storage.write('k', endingIn(size, died).body, { lock: governance(60) })
    await t.rejects(writing, died)
  }
  t.same(await versions(), [])
  t.same(await uploads(), [])
})

t.test('an object that is not what was sent stays where it is locked', async t => {
  const bucket = await lockingStorage(t)
  const lock = governance(60)
  let overwritten = false
  const proxy = await answerProxy(t, bucket.settings.endpoint, async ({ method }) => {
    if (method === 'HEAD' && !overwritten) {
      overwritten = true
      await bucket.storage.write('k', inPieces(random(20)), { lock })
    }
    return 'whole' as const
  })
  const options = { features: { objectLock: true } }
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url }, options)
  await t.rejects(storage.write('k', inPieces(random(10)), { lock }), {
    code: 'STORAGE_SIZE_MISMATCH'
  })
  t.equal((await bucket.versions()).length, 2)
})

t.test('an object that cannot be locked does not stay', async t => {
  const bucket = await lockingStorage(t)
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ url }) =>
    /\?retention/.test(url!) ? 403 : 'pass'
  )
  const options = { features: { objectLock: true } }
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url }, options)
  const body = inPieces(random(PART + 1))
  await t.rejects(storage.write('k', body, { lock: governance(60) }), { code: 'STORAGE_DENIED' })
  t.same(await bucket.versions(), [])
})

t.test(
  'the lock is sent with the upload, and the MD5 of every body; elsewhere neither',
  async t => {
    for (const locking of [true, false]) {
      const bucket = await (locking ? lockingStorage(t) : bucketStorage(t))
      const sums: unknown[] = []
      const modes: unknown[] = []
      const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method, url, headers }) => {
        if (method === 'PUT' && !/retention/.test(url!)) sums.push(typeof headers['content-md5'])
        if (/x-id=PutObject$|\?uploads/.test(url!)) modes.push(headers['x-amz-object-lock-mode'])
        return 'pass'
      })
      const options = { features: { objectLock: locking } }
      const { storage } = openBucket(t, bucket, { endpoint: proxy.url }, options)
      const lock = locking ? governance(60) : undefined
      await storage.write('one', inPieces(random(10)), { lock })
      await storage.write('parts', inPieces(random(PART + 1)), { lock })
      t.same(sums, Array(3).fill(locking ? 'string' : 'undefined'))
      t.same(modes, Array(2).fill(lock?.mode.toUpperCase()))
    }
  }
)

t.test('the class of an object is that of the write, else that of the storage', async t => {
  const bucket = await bucketStorage(t)
  const asked: unknown[] = []
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method, url, headers }) => {
    if ((method === 'PUT' && !/partNumber/.test(url!)) || /\?uploads/.test(url!))
      asked.push(headers['x-amz-storage-class'])
    return 'pass'
  })
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url, storageClass: 'COLD' })
  for (const storageClass of [undefined, 'FROZEN', 'STANDARD'])
    for (const size of [10, PART + 1])
      await storage.write('k', inPieces(random(size)), { storageClass }).catch(() => {})
  t.same(asked, ['COLD', 'COLD', 'FROZEN', 'FROZEN', undefined, undefined])
})
