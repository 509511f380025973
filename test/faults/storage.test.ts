import { execFileSync } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { faultProxy } from '../support/fault-proxy.ts'
import { createDatabase } from '../support/postgres.ts'
import { testBucket } from '../support/s3.ts'
import { expectNothingLeft, startScene } from '../support/scene.ts'
import { filesBelow, until } from '../support/stack.ts'

/** Enough incompressible bytes for an upload of several 8 MiB parts. */
const bulky = `CREATE TABLE blob AS SELECT i, (SELECT string_agg(md5((i * 1000 + j)::text || 'x'), '') FROM generate_series(1, 64) j) AS body FROM generate_series(1, 22000) i`

t.test('a repository directory that vanished', async t => {
  const { stack, repository, sourceId } = await startScene(t)
  await stack.startWorker()
  await rm(repository.path, { recursive: true })
  const run = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
  t.match(
    run,
    { status: 'failed', error: { code: 'STORAGE_BUCKET_MISSING' } },
    JSON.stringify(run.error)
  )
  t.same(
    await filesBelow(repository.path),
    [],
    'the directory was not made up: it may be a disk that is not mounted'
  )
})

t.test('a repository directory that is full, then read-only', async t => {
  if (process.getuid?.() !== 0) return void t.comment('needs root to mount a small tmpfs')
  const scene = await startScene(t)
  const { stack, sourceId } = scene
  await stack.startWorker()
  const path = join(stack.dir, 'small')
  await mkdir(path)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path])
  t.teardown(() => execFileSync('umount', ['-l', path]))
  const small = await stack.repository('small', { kind: 'local', settings: { path } })
  const repository = { ...scene.repository, id: small.id, path, files: () => filesBelow(path) }
  const run = await stack.runEnd((await stack.backup(sourceId, small.id)).id)
  await expectNothingLeft(t, { ...scene, repository }, run, 'STORAGE_FULL')

  execFileSync('mount', ['-o', 'remount,ro', path])
  const denied = await stack.runEnd((await stack.backup(sourceId, small.id)).id)
  await expectNothingLeft(t, { ...scene, repository }, denied, 'STORAGE_DENIED')
})

t.test('an S3 that misbehaves', async t => {
  const scene = await startScene(t)
  const { stack } = scene
  const worker = await stack.startWorker()
  const bucket = await testBucket(t)
  const proxy = await faultProxy(t, bucket.settings.endpoint, () => 'pass')
  const settings = { ...bucket.settings, endpoint: proxy.url }
  const s3 = await stack.repository('s3', { kind: 's3', settings, secretAccessKey: bucket.secret })
  // Only for faults that keep the store from being asked to complete: a store that completes slowly would look hung.
  const impatient = await stack.repository('impatient', {
    kind: 's3',
    settings: { ...settings, requestTimeoutMs: 700 },
    secretAccessKey: bucket.secret
  })
  const sourceId = await stack.source('bulky', await createDatabase(t, bulky))
  const isPart = (url: string | undefined, number: number) =>
    new RegExp(`partNumber=${number}(&|$)`).test(url ?? '')

  await t.test('good while it behaves, in several parts', async t => {
    let parts = 0
    proxy.set(({ url, method }) => {
      if (method === 'PUT' && /partNumber=/.test(url ?? '')) parts++
      return 'pass'
    })
    const run = await stack.runEnd((await stack.backup(sourceId, s3.id)).id)
    t.equal(run.status, 'succeeded', JSON.stringify(run.error))
    t.ok(parts >= 3, `${parts} parts`)
  })
  const before = await bucket.keys()

  const faults: Record<string, Parameters<typeof proxy.set>[0]> = {
    'refuses connections': () => 'cut',
    'answers 503': () => 503,
    hangs: () => 'hang',
    'fails at the 3rd part': ({ url, method }) =>
      method === 'PUT' && isPart(url, 3) ? 503 : 'pass',
    'hangs at the 3rd part': ({ url, method }) =>
      method === 'PUT' && isPart(url, 3) ? 'hang' : 'pass',
    'cuts at the 2nd part': ({ url, method }) =>
      method === 'PUT' && isPart(url, 2) ? 'cut' : 'pass',
    'never completes': ({ url, method }) =>
      method === 'POST' && /uploadId=/.test(url ?? '') ? 503 : 'pass'
  }
  for (const [name, rule] of Object.entries(faults)) {
    await t.test(name, async t => {
      proxy.set(rule)
      const { id } = name.startsWith('hangs') ? impatient : s3
      const run = await stack.runEnd((await stack.backup(sourceId, id)).id)
      proxy.set(() => 'pass')
      t.match(
        run,
        { status: 'failed', error: { code: 'STORAGE_UNREACHABLE' } },
        JSON.stringify(run.error)
      )
      t.same(await bucket.keys(), before, 'no object is left')
      t.same(await bucket.uploads(), [], 'no upload is left')
    })
  }

  await t.test('a hiccup of one part is retried within the attempt', async t => {
    let failed = 0
    proxy.set(({ url, method }) =>
      method === 'PUT' && isPart(url, 2) && failed++ === 0 ? 503 : 'pass'
    )
    const run = await stack.runEnd((await stack.backup(sourceId, s3.id)).id)
    t.match(run, { status: 'succeeded', attempt: 1 })
    t.equal(failed, 2)
  })

  await t.test('a cancel while it uploads', async t => {
    const after = await bucket.keys()
    let reached = false
    proxy.set(({ url, method }) => {
      if (!(method === 'PUT' && isPart(url, 2))) return 'pass'
      reached = true
      return 'hang'
    })
    const { id } = await stack.backup(sourceId, impatient.id)
    await until(async () => reached)
    t.equal((await stack.call('POST', `/v1/runs/${id}/cancel`)).status, 202)
    const run = await stack.runEnd(id)
    proxy.set(() => 'pass')
    t.match(run, { status: 'cancelled', error: { code: 'RUN_CANCELLED' } })
    t.same(await bucket.keys(), after)
    t.same(await bucket.uploads(), [])
  })
  t.notOk((await worker.log()).includes(bucket.secret), 'the secret is in no log line')
})
