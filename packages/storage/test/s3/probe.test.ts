import { PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import t from 'tap'
import { faultProxy } from '../../../../test/support/fault-proxy.ts'
import { bucketStorage, lockingStorage, openBucket } from './support.ts'

type Probed = Awaited<ReturnType<Awaited<ReturnType<typeof bucketStorage>>['storage']['probe']>>

const stepOf = ({ steps }: Probed, name: string) => steps.find(step => step.name === name)

t.test('what a bucket can do is found out, and nothing is left', async t => {
  const plain = await bucketStorage(t)
  const plainProbe = await plain.storage.probe()
  t.same(plainProbe.features, { conditionalWrite: true, objectLock: false, versioned: false })
  t.match(stepOf(plainProbe, 'object lock'), { ok: true, detail: 'off' })
  t.same(await plain.versions(), [])

  const locking = await lockingStorage(t)
  const careful = openBucket(t, locking, {}, {}).storage
  const probe = await careful.probe()
  t.match(probe.features, { objectLock: true, versioned: true })
  t.match(stepOf(probe, 'object lock'), { ok: true, detail: 'on' })
  t.same(await locking.versions(), [])
})

t.test('a versioned bucket without locks', async t => {
  const { storage, client, bucket } = await bucketStorage(t)
  for (const [Status, versioned] of [
    ['Enabled', true],
    ['Suspended', false]
  ] as const) {
    const VersioningConfiguration = { Status }
    await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
    const { features } = await storage.probe()
    t.match(features, { objectLock: false, versioned })
  }
})

t.test('what may not be asked counts as no, and the step says so', async t => {
  const bucket = await lockingStorage(t)
  const refusals = [
    ['versioning', 'versioning', 403],
    ['object-lock', 'object lock', 403],
    ['object-lock', 'object lock', 501],
    ['retention', 'object lock', 403],
    ['legal-hold', 'object lock', 403]
  ] as const
  await Promise.all(
    refusals.map(async ([question, name, status]) => {
      const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method, url }) =>
        method === 'GET' && new RegExp(`\\?${question}(=|&|$)`).test(url!) ? status : 'pass'
      )
      const probe = await openBucket(t, bucket, { endpoint: proxy.url }).storage.probe()
      const detail = new RegExp(`^Probe step ${name}: .*${status}`)
      t.match(stepOf(probe, name), { ok: false, detail })
      t.equal(probe.features[name === 'versioning' ? 'versioned' : 'objectLock'], false, question)
    })
  )
})

t.test('a store that cannot be asked is not one without locks', async t => {
  const bucket = await lockingStorage(t)
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ url }) =>
    /\?object-lock/.test(url!) ? 503 : 'pass'
  )
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url })
  await t.rejects(storage.probe(), {
    code: 'STORAGE_UNREACHABLE',
    message: /^Probe step object lock: /
  })
})

t.test('a bucket that locks by default is usable; the probe says what that means', async t => {
  const { storage, lockByDefault, versions } = await lockingStorage(t)
  await lockByDefault()
  const probe = await storage.probe()
  t.match(stepOf(probe, 'delete'), { ok: true, detail: /locks by default.*is locked until/ })
  t.ok((await versions()).length > 0)
})
