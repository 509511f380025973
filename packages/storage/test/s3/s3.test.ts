import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { faultProxy } from '../../../../test/support/fault-proxy.ts'
import { storages } from '../../src/index.ts'
import { upload } from '../../src/s3/upload.ts'
import { digest, digestOf, endingIn, inPieces, keys, PART, random } from '../bodies.ts'
import { bucketStorage, openBucket } from './support.ts'

t.test('wrong credentials', async t => {
  const { settings, secret } = await bucketStorage(t)
  const wrong = [
    { settings, secret: 'not-the-secret' },
    { settings: { ...settings, accessKeyId: 'nobody' }, secret }
  ]
  for (const credentials of wrong) {
    const { storage } = openBucket(t, credentials)
    const denied = {
      name: 'AppError',
      code: 'STORAGE_DENIED',
      hint: /access key/,
      message: new RegExp(`s3://${settings.bucket}/`)
    }
    await t.rejects(storage.write('k', inPieces(random(10))), denied)
    await t.rejects(storage.write('k', inPieces(random(PART + 1))), denied)
    await t.rejects(storage.read('k'), denied)
    await t.rejects(storage.head('k'), denied, 'forbidden is not absent')
    await t.rejects(keys(storage, ''), denied, 'forbidden is not empty')
    await t.rejects(storage.delete('k'), denied)
    await t.rejects(storage.removeUnfinished('', new Date()), denied)
    const probe = await storage.probe().catch(error => error)
    t.match(probe, { ...denied, message: /^Probe step write: / })
    t.notOk(JSON.stringify([probe, probe.message]).includes(credentials.secret))
  }
})

t.test('a bucket that does not exist', async t => {
  const { settings, secret } = await bucketStorage(t)
  const { storage } = openBucket(t, { settings: { ...settings, bucket: 'no-such-bucket' }, secret })
  const missing = { name: 'AppError', code: 'STORAGE_BUCKET_MISSING', hint: /Create the bucket/ }
  await t.rejects(storage.write('k', inPieces(random(10))), missing)
  await t.rejects(storage.write('k', inPieces(random(10)), { ifAbsent: true }), missing)
  await t.rejects(storage.write('k', inPieces(random(PART + 1))), missing)
  await t.rejects(storage.read('k'), missing)
  await t.rejects(storage.head('k'), missing, 'no bucket is not an absent object')
  await t.rejects(keys(storage, ''), missing)
  await t.rejects(storage.delete('k'), missing)
  await t.rejects(storage.removeUnfinished('', new Date()), missing)
  await t.rejects(storage.probe(), { ...missing, message: /^Probe step versioning: / })
})

t.test('settings that cannot be right are refused before anything is asked', async t => {
  const open = (settings: Record<string, unknown>, secret: string | undefined) =>
    storages.s3.open(settings, secret, {})
  const good = { bucket: 'some-bucket', accessKeyId: 'k' }
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ ...good, bucket: 'A' }, /\/bucket/],
    [{ ...good, bucket: undefined }, /bucket/],
    [{ ...good, endpoint: 'ftp://host' }, /\/endpoint/],
    [{ ...good, endpoint: 'https://user:password@host' }, /\/endpoint/],
    [{ ...good, prefix: '/a' }, /\/prefix/],
    [{ ...good, partLimit: 10_001 }, /\/partLimit/],
    [{ ...good, requestTimeoutMs: 1 }, /\/requestTimeoutMs/],
    [{ ...good, secretAccessKey: 'x' }, /secretAccessKey/]
  ]
  for (const [settings, message] of wrong)
    t.throws(() => open(settings, 's'), { code: 'VALIDATION_FAILED', message })
  t.throws(() => open(good, undefined), {
    code: 'VALIDATION_FAILED',
    message: /secret/
  })
  const storage = open(good, 's')
  t.same(
    storage.features,
    { conditionalWrite: false, objectLock: false, versioned: false },
    'careful until a probe says otherwise'
  )
  await storage.close()
})

t.test('a prefix keeps two repositories of one bucket apart', async t => {
  const bucket = await bucketStorage(t)
  const a = openBucket(t, bucket, { prefix: 'a' }).storage
  const ab = openBucket(t, bucket, { prefix: 'ab/c' }).storage
  await a.write('k', inPieces(random(1)))
  await ab.write('k', inPieces(random(2)))
  t.same(await bucket.keys(), ['a/k', 'ab/c/k'])
  t.same(await keys(a, ''), ['k'])
  t.match(await ab.head('k'), { bytes: 2 })
  await begin('a/x')
  await begin('ab/c/x')
  await begin('elsewhere')
  t.equal(await a.removeUnfinished('', new Date(Date.now() + 60_000)), 1)
  t.same(
    (await bucket.uploads()).map(({ Key }) => Key),
    ['ab/c/x', 'elsewhere']
  )
  await a.delete('k')
  t.same(await bucket.keys(), ['ab/c/k'])

  function begin(Key: string) {
    return bucket.client.send(new CreateMultipartUploadCommand({ Bucket: bucket.bucket, Key }))
  }
})

t.test("other programs' objects whose names are no keys are not listed", async t => {
  const { storage, client, bucket } = await bucketStorage(t)
  await storage.write('mine/k', inPieces(random(1)))
  for (const Key of ['mine/', 'mine/my notes.txt', 'mine/../k'])
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))
  t.same(await keys(storage, 'mine/'), ['mine/k'])
})

t.test('removeUnfinished goes through more than a page', async t => {
  const { storage, client, bucket, uploads } = await bucketStorage(t)
  const names = Array.from({ length: 1_005 }, (_, i) => `u/${i}`)
  for (let i = 0; i < names.length; i += 67)
    await Promise.all(
      names
        .slice(i, i + 67)
        .map(Key => client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key })))
    )
  t.equal(await storage.removeUnfinished('u/', new Date(Date.now() + 60_000)), names.length)
  t.same(await uploads(), [])
})

t.test('the estimate decides how large parts are', async t => {
  const bucket = await bucketStorage(t)
  const parts: number[] = []
  let puts = 0
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method, url, headers }) => {
    if (method !== 'PUT') return 'pass'
    if (/partNumber=/.test(url!)) parts.push(Number(headers['content-length']))
    else puts++
    return 'pass'
  })
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url, partLimit: 100 })
  const body = random(2 * PART + 5)
  await storage.write('none', inPieces(body))
  t.same(
    parts.sort((a, b) => b - a),
    [PART, PART, 5]
  )
  parts.length = 0
  await storage.write('larger', inPieces(body), { estimateBytes: 100 * PART })
  t.equal(parts.length, 2, 'the part grew by the safety factor')
  t.equal(
    parts.reduce((a, b) => a + b),
    body.length
  )
  parts.length = 0
  await storage.write('large', inPieces(body), { estimateBytes: 1_000 * PART })
  t.same({ parts, puts }, { parts: [], puts: 1 }, 'one put where one part holds all')
  for (const key of ['none', 'larger', 'large'])
    t.same(await digest(await storage.read(key)), digestOf(body))
})

t.test('a body with more parts than the store allows fails and leaves nothing', async t => {
  const { client, bucket, keys, uploads } = await bucketStorage(t)
  const source = endingIn(10_000_000, Promise.resolve())
  const failing = upload(source.body, {
    client,
    bucket,
    key: 'k',
    partBytes: 1_000_000,
    partLimit: 3,
    ifNoneMatch: false,
    refuseExisting: undefined,
    storage: {},
    md5: false,
    signal: undefined,
    explain: error => error as never
  })
  await t.rejects(failing, { code: 'STORAGE_FAILED', message: /more than 3 parts/ })
  t.ok(source.closed)
  t.same(await keys(), [])
  t.same(await uploads(), [])
})

t.test('ifAbsent without conditional writes checks, then writes', async t => {
  const { storage, uploads } = await bucketStorage(t, {}, {})
  t.same(storage.features, { conditionalWrite: false, objectLock: false, versioned: false })
  const first = random(10)
  await storage.write('k', inPieces(first), { ifAbsent: true })
  for (const size of [10, PART + 1]) {
    const source = endingIn(size, Promise.resolve())
    await t.rejects(storage.write('k', source.body, { ifAbsent: true }), {
      code: 'STORAGE_OBJECT_EXISTS'
    })
    t.equal(source.pieces, 0, 'nothing was read of the body')
  }
  t.same(await digest(await storage.read('k')), digestOf(first))
  t.same(await uploads(), [])
})

t.test('the probe tells a store that refuses conditional writes', async t => {
  const bucket = await bucketStorage(t)
  const refusing = await faultProxy(t, bucket.settings.endpoint, ({ headers }) =>
    headers['if-none-match'] ? 501 : 'pass'
  )
  const { storage } = openBucket(t, bucket, { endpoint: refusing.url })
  const probe = await storage.probe()
  t.same(probe.features, { conditionalWrite: false, objectLock: false, versioned: false })
  t.match(
    probe.steps.find(({ name }) => name === 'conditional write'),
    { ok: false, detail: /Probe step conditional write: .*501/ }
  )
  t.match(
    probe.steps.filter(({ ok }) => ok).map(({ name }) => name),
    ['versioning', 'object lock', 'write', 'head', 'read', 'list', 'delete'],
    'everything else was tried'
  )
  t.same(await bucket.keys(), [])
})

t.test('the probe tells which operation is not allowed, and cleans up', async t => {
  const bucket = await bucketStorage(t)
  const isRead = (method?: string, url?: string) =>
    method === 'GET' && /\.probe\/[0-9a-f]/.test(url!)
  const isList = (method?: string, url?: string) => method === 'GET' && /list-type=2/.test(url!)
  for (const [step, isIt] of Object.entries({ read: isRead, list: isList })) {
    const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method, url }) =>
      isIt(method, url) ? 403 : 'pass'
    )
    const { storage } = openBucket(t, bucket, { endpoint: proxy.url })
    await t.rejects(storage.probe(), {
      code: 'STORAGE_DENIED',
      message: new RegExp(`^Probe step ${step}: `)
    })
    t.same(await bucket.keys(), [])
  }
})
