import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule as S3Rule
} from '@aws-sdk/client-s3'
import t from 'tap'
import { type LifecycleRule, storages } from '../../src/index.ts'
import { bucketStorage, openBucket } from './support.ts'

const colder: LifecycleRule = {
  id: 'resguardo-colder',
  prefix: 'shop/backups/',
  enabled: true,
  transitions: [
    { days: 30, class: 'STANDARD_IA' },
    { days: 90, class: 'GLACIER' }
  ],
  expireDays: 4_000,
  expireNoncurrentDays: 7
}
const uploads: LifecycleRule = {
  id: 'resguardo-uploads',
  prefix: '',
  enabled: false,
  transitions: [],
  abortUploadsDays: 3
}

const byId = (rules: LifecycleRule[]) => rules.sort((a, b) => (a.id < b.id ? -1 : 1))

t.test('a bucket has no rules, then ours, then others of ours, then none', async t => {
  const { storage, client, bucket } = await bucketStorage(t)
  const lifecycle = storage.lifecycle!
  t.same(await lifecycle.get(), [])
  await lifecycle.put([])
  await lifecycle.put([colder, uploads])
  t.same(byId(await lifecycle.get()), [colder, uploads])
  const changed = { ...colder, expireDays: 5_000, transitions: [] }
  await lifecycle.put([changed])
  t.same(await lifecycle.get(), [changed])
  await lifecycle.put([])
  t.same(await lifecycle.get(), [])
  const Bucket = bucket
  await t.rejects(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })), {
    name: 'NoSuchLifecycleConfiguration'
  })
})

t.test("others' rules are told as far as they fit, and stay as they are", async t => {
  const { storage, client, bucket } = await bucketStorage(t)
  const Rules: S3Rule[] = [
    {
      ID: 'date',
      Status: 'Enabled',
      Filter: { Prefix: 'd/' },
      Expiration: { Date: new Date('2099-01-01') }
    },
    { ID: 'old-style', Status: 'Enabled', Prefix: 'o/', Expiration: { Days: 9 } },
    {
      ID: 'resguard',
      Status: 'Disabled',
      Filter: { Prefix: 'r/' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }
    },
    {
      ID: 'tags',
      Status: 'Enabled',
      Filter: { And: { Prefix: 't/', Tags: [{ Key: 'a', Value: 'b & <c>' }] } },
      Expiration: { Days: 1 }
    }
  ]
  const LifecycleConfiguration = { Rules }
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration })
  )
  const before = await stored()
  const lifecycle = storage.lifecycle!
  const told: LifecycleRule[] = [
    { id: 'date', prefix: 'd/', enabled: true, transitions: [], other: true },
    { id: 'old-style', prefix: 'o/', enabled: true, transitions: [], expireDays: 9 },
    { id: 'resguard', prefix: 'r/', enabled: false, transitions: [], abortUploadsDays: 1 },
    { id: 'tags', prefix: 't/', enabled: true, transitions: [], expireDays: 1, other: true }
  ]
  t.same(byId(await lifecycle.get()), told)
  await lifecycle.put([colder, uploads])
  t.same(byId(await lifecycle.get()), byId([...told, colder, uploads]))
  t.same(
    (await stored()).filter(({ ID }) => !ID!.startsWith('resguardo-')),
    before
  )
  await lifecycle.put([])
  t.same(await stored(), before)

  async function stored() {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket })
    const { Rules = [] } = await client.send(command)
    return Rules.sort((a, b) => (a.ID! < b.ID! ? -1 : 1))
  }
})

t.test('a rule that would not be found again as ours is refused, and nothing is put', async t => {
  const { storage } = await bucketStorage(t, { prefix: 'mine' })
  const lifecycle = storage.lifecycle!
  t.equal(lifecycle.root, 'mine/')
  const ours = { ...colder, prefix: 'mine/shop/' }
  for (const rule of [colder, { ...ours, id: 'colder' }, { ...ours, prefix: 'mine2/' }])
    await t.rejects(lifecycle.put([ours, rule]), {
      code: 'VALIDATION_FAILED',
      message: new RegExp(`${rule.id} for ${rule.prefix}: .*resguardo-.*mine/`)
    })
  t.same(await lifecycle.get(), [])
})

t.test('two repositories of one bucket keep their own rules', async t => {
  const bucket = await bucketStorage(t)
  const [a, b] = ['a', 'b'].map(prefix => openBucket(t, bucket, { prefix }).storage.lifecycle!)
  await a!.put([{ ...colder, prefix: 'a/' }])
  await b!.put([{ ...uploads, prefix: 'b/' }])
  t.same(
    byId(await a!.get()).map(({ id, prefix }) => [id, prefix]),
    [
      ['resguardo-colder', 'a/'],
      ['resguardo-uploads', 'b/']
    ]
  )
  await a!.put([])
  t.same(await a!.get(), [{ ...uploads, prefix: 'b/' }])
})

t.test(
  'a rule with what nobody knows yet stays byte for byte, and so does the size limit',
  async t => {
    const foreign =
      '<Rule><Filter><Planet>Mars</Planet></Filter>\n <ID>new</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>'
    const store = { xml: configuration(foreign), limit: 'varies_by_storage_class' }
    const { url } = await keeper(t, store)
    const settings = { endpoint: url, bucket: 'some-bucket', accessKeyId: 'k', pathStyle: true }
    const storage = storages.s3.open(settings, 's', {})
    t.teardown(() => storage.close())
    t.match(await storage.lifecycle!.get(), [{ id: 'new', other: true }])
    await storage.lifecycle!.put([uploads])
    t.ok(store.xml.includes(foreign))
    t.match(store.xml, /resguardo-uploads/)
    t.equal(store.limit, 'varies_by_storage_class')
    t.equal((await storage.lifecycle!.get()).length, 2)
    store.xml = store.xml.replace(foreign, `${foreign}<!-- <Rule></Rule> -->`)
    await t.rejects(storage.lifecycle!.put([]), {
      code: 'STORAGE_FAILED',
      message: /not understood/
    })
  }
)

const configuration = (rules: string) =>
  `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules}</LifecycleConfiguration>`

/** Keeps a lifecycle as it comes, which the S3 of the tests does not: it drops what it does not know. */
async function keeper(
  t: { teardown(over: () => void): void },
  store: { xml: string; limit: string }
) {
  const header = 'x-amz-transition-default-minimum-object-size'
  const server = createServer(async (request, response) => {
    if (request.method === 'PUT') {
      store.xml = await text(request)
      store.limit = String(request.headers[header])
      response.end()
    } else response.setHeader(header, store.limit).end(store.xml)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
