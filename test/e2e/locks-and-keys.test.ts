import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import type { Json } from '@resguardo/api-client'
import t from 'tap'
import { createDatabase, dropDatabase } from '../support/postgres.ts'
import { testBucket } from '../support/s3.ts'
import { sample } from '../support/sample.ts'
import { goodBackup, startScene } from '../support/scene.ts'
import { startStack } from '../support/stack.ts'

const run = promisify(execFile)

t.test(
  'locked backups cannot be deleted, by us or by the S3 key; after the lock they are',
  async t => {
    const bucket = await testBucket(t, { objectLock: true })
    const stack = await startStack(t)
    await stack.startWorker()
    const database = await createDatabase(t, sample)
    const repository = await stack.repository('vault', {
      kind: 's3',
      settings: bucket.settings,
      secretAccessKey: bucket.secret
    })
    t.match(repository.capabilities.features, { objectLock: true, versioned: true })
    const sourceId = await stack.source('shop', database)
    const { must } = stack
    // What the rules want by themselves is the lock: with `last: 1` and a backup a minute, until the next minute begins.
    const policy = await must('POST', '/v1/policies', {
      name: 'shop-locked',
      sourceId,
      repositoryId: repository.id,
      schedules: [{ name: 'minutely', cron: '* * * * *' }],
      retention: { last: 1 },
      lock: { mode: 'compliance' }
    })
    await must('POST', `/v1/policies/${policy.id}/pause`, { reason: 'by hand in this test' })
    // Enough of the minute must be left for what is tried before it ends.
    await stack.until(async () => new Date().getUTCSeconds() < 35)
    const backUp = async () => {
      const run = await stack.runEnd(
        (await must('POST', `/v1/policies/${policy.id}/backups`, {})).id
      )
      t.match(run, { status: 'succeeded' })
      return must('GET', `/v1/backups/${run.backupId}`)
    }
    const first = await backUp()
    const second = await backUp()
    const until = Date.parse(first.lockedUntil)
    t.ok(until > Date.now() && until <= Date.now() + 60_000, first.lockedUntil)
    t.equal(first.manifest.lock.mode, 'compliance')

    const preview = async () =>
      (await must('GET', `/v1/policies/${policy.id}/retention`)).items.find(
        (item: Json) => item.id === first.id
      )
    t.match(await preview(), { action: 'blocked', reasons: [/locked until/] })
    t.match(await stack.call('DELETE', `/v1/backups/${first.id}?reason=try`), {
      status: 409,
      body: { code: 'BACKUP_PROTECTED', detail: /object lock/ }
    })
    const apply = async () =>
      t.match(await stack.runEnd((await must('POST', `/v1/policies/${policy.id}/retention`)).id), {
        status: 'succeeded'
      })
    await apply()
    const versions = (await bucket.versions()).filter(({ Key }) => Key.includes(first.id))
    t.ok(versions.length >= first.manifest.objects.length + 2)
    for (const { Key, VersionId } of versions) {
      const deleting = bucket.client.send(
        new DeleteObjectCommand({
          Bucket: bucket.bucket,
          Key,
          VersionId,
          BypassGovernanceRetention: true
        })
      )
      const refused = await deleting.then(
        () => 'deleted',
        error => error.$metadata?.httpStatusCode
      )
      t.equal(refused, 403, Key)
    }
    // A catalog that does not know of the lock, as after it was lost: the store says it, and the backup is as it was.
    await stack.catalog.backups.setLockedUntil(first.id, new Date(0))
    await apply()
    t.match(await must('GET', `/v1/backups/${first.id}`), {
      state: 'available',
      lockedUntil: first.lockedUntil
    })

    await stack.until(async () => Date.now() > Date.parse(second.lockedUntil) + 1_000)
    t.match(await preview(), { action: 'remove' })
    await apply()
    t.match(await must('GET', `/v1/backups/${first.id}`), { state: 'removed' })
    t.same(
      (await bucket.versions()).filter(({ Key }) => Key.includes(first.id)),
      [],
      'no version and no delete marker is left'
    )
    t.ok((await bucket.keys()).some(key => key.includes(second.id)))
  }
)

t.test('new recipients apply to new backups, and rekey moves old ones over', async t => {
  const scene = await startScene(t)
  const { stack, repository, sourceId } = scene
  const old = await goodBackup(scene)
  const newIdentity = join(stack.dir, 'new-identity.txt')
  await run('age-keygen', ['-o', newIdentity])
  const recipient = (await run('age-keygen', ['-y', newIdentity])).stdout.trim()
  const both = join(stack.dir, 'both.txt')
  await writeFile(
    both,
    (await readFile(stack.identityFile, 'utf8')) + (await readFile(newIdentity, 'utf8')),
    { mode: 0o600 }
  )
  const worker = await stack.startWorker({ RESGUARDO_AGE_IDENTITY_FILE: both })
  const changed = await stack.call('PATCH', `/v1/repositories/${repository.id}`, {
    recipients: [recipient]
  })
  t.match(await stack.runEnd(changed.body.probeRunId), { status: 'succeeded' })
  const fresh = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
  const { body: started } = await stack.call('POST', `/v1/backups/${old}/rekey`, {})
  const rekeyed = await stack.runEnd(started.id)
  t.match(rekeyed, { status: 'succeeded' })
  const made = (await stack.call('GET', `/v1/backups/${rekeyed.backupId}`)).body
  const before = (await stack.call('GET', `/v1/backups/${old}`)).body
  t.match(made, {
    rekeyOf: old,
    startedAt: before.startedAt,
    plainBytes: before.plainBytes,
    manifest: { encryption: { recipients: [recipient] }, tables: before.manifest.tables }
  })
  t.not(made.manifest.objects[0].sha256, before.manifest.objects[0].sha256)
  await worker.stop()

  const restoresWith = async (identity: string) => {
    const one = await stack.startWorker({ RESGUARDO_AGE_IDENTITY_FILE: identity })
    const outcomes: string[] = []
    for (const id of [old, fresh.backupId, rekeyed.backupId]) {
      const database = `rekeyed_${Date.now()}`
      const { run } = await stack.restore(id, database)
      outcomes.push(run.error?.code ?? run.status)
      await dropDatabase(database)
    }
    await one.stop()
    return outcomes
  }
  t.same(await restoresWith(newIdentity), ['IDENTITY_WRONG', 'succeeded', 'succeeded'])
  t.same(await restoresWith(stack.identityFile), ['succeeded', 'IDENTITY_WRONG', 'IDENTITY_WRONG'])
})

t.test('a catalog that was lost: the scan finds policies, holds excepted, again', async t => {
  const scene = await startScene(t)
  const { stack, repository, sourceId } = scene
  const worker = await stack.startWorker()
  const { body: policy } = await stack.call('POST', '/v1/policies', {
    name: 'shop-daily',
    sourceId,
    repositoryId: repository.id
  })
  const body = { reason: 'release 7', keepDays: 30 }
  const { body: run } = await stack.call('POST', `/v1/policies/${policy.id}/backups`, body)
  const { backupId } = await stack.runEnd(run.id)
  const before = (await stack.call('GET', `/v1/backups/${backupId}`)).body
  await worker.stop()

  const other = await startStack(t)
  await other.startWorker({ RESGUARDO_AGE_IDENTITY_FILE: stack.identityFile })
  const there = await other.repository('again', {
    kind: 'local',
    settings: { path: repository.path }
  })
  const sourceThere = await other.source('shop', scene.database)
  const { body: made } = await other.call('POST', '/v1/policies', {
    name: 'shop-daily',
    sourceId: sourceThere,
    repositoryId: there.id
  })
  const { body: scan } = await other.call('POST', `/v1/repositories/${there.id}/scan`)
  t.match(await other.runEnd(scan.id), { status: 'succeeded' })
  const found = (await other.call('GET', `/v1/backups/${backupId}`)).body
  t.match(found, { policyId: made.id, reason: 'release 7', keepUntil: before.keepUntil })
})
