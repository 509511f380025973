import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createDatabase, dropDatabase, query, superuserUrl } from '../support/postgres.ts'
import { testBucket } from '../support/s3.ts'
import { contentQuery, sample } from '../support/sample.ts'
import { startStack } from '../support/stack.ts'

t.test('a database is backed up, lost and restored, from a directory and from S3', async t => {
  const stack = await startStack(t)
  const worker = await stack.startWorker()
  const database = await createDatabase(t, sample)
  const before = await database.query(contentQuery)
  const sourceId = await stack.source('shop', database)
  const bucket = await testBucket(t)
  const local = await stack.localRepository()
  const s3 = await stack.repository('s3', {
    kind: 's3',
    settings: { ...bucket.settings, prefix: 'a/b' },
    secretAccessKey: bucket.secret
  })

  const backups: Record<string, string> = {}
  for (const [name, repositoryId] of Object.entries({ local: local.id, s3: s3.id })) {
    const run = await stack.runEnd(
      (await stack.backup(sourceId, repositoryId, { name: 'nightly', labels: { release: '1.2' } }))
        .id
    )
    t.equal(run.status, 'succeeded', `${name}: ${JSON.stringify(run.error)}`)
    backups[name] = run.backupId
    const { body } = await stack.call('GET', `/v1/backups/${run.backupId}`)
    t.match(body, {
      kind: 'logical',
      name: 'nightly',
      labels: { release: '1.2' },
      state: 'available'
    })
    t.ok(body.storedBytes > 0 && body.plainBytes > body.storedBytes)
    t.match(body.manifest.tables, [
      { name: 'customer', rows: 2000 },
      { name: 'invoice', rows: 60000 },
      { name: 'totals', rows: 2000, kind: 'm' }
    ])
    t.equal(body.manifest.largeObjects, 1)
  }
  t.same((await bucket.keys()).filter(key => key.endsWith('manifest.json')).length, 1)
  t.ok((await bucket.keys()).every(key => key.startsWith('a/b/')))
  await dropDatabase(database.name)

  for (const [name, backupId] of Object.entries(backups)) {
    const target = `test_${randomBytes(6).toString('hex')}`
    t.teardown(() => dropDatabase(target))
    const dry = await stack.restore(backupId, target, { dryRun: true })
    t.match(
      dry.restore.plan,
      { ok: true, problems: [], identity: 'opens', objects: 'present' },
      name
    )
    t.equal(
      (await query(superuserUrl(), 'SELECT 1 FROM pg_database WHERE datname = $1', [target]))
        .length,
      0,
      'a dry run creates nothing'
    )

    const { restore, run } = await stack.restore(backupId, target)
    t.equal(run.status, 'succeeded', `${name}: ${JSON.stringify(run.error)}`)
    t.match(restore.result, { database: target, tables: 3, rows: 62000 })
    t.same(await query(superuserUrl(target), contentQuery), before, `${name}: same content`)

    const again = await stack.restore(backupId, target)
    t.match(
      again.run,
      { status: 'failed', error: { code: 'RESTORE_TARGET_EXISTS' } },
      'never over an existing database'
    )
    t.same(await query(superuserUrl(target), contentQuery), before, 'and it is untouched')
  }

  const secrets = [database.password, bucket.secret, stack.key]
  const log = await worker.log()
  for (const secret of secrets) t.notOk(log.includes(secret), 'no secret in the log')
})

t.test('losing the catalog loses nothing: a scan finds every backup again', async t => {
  const first = await startStack(t)
  await first.startWorker()
  const database = await createDatabase(t, sample)
  const repository = await first.localRepository()
  const run = await first.runEnd(
    (await first.backup(await first.source('shop', database), repository.id)).id
  )

  const second = await startStack(t)
  await second.startWorker({
    RESGUARDO_AGE_IDENTITY_FILE: first.identityFile,
    RESGUARDO_SIGNING_KEY_FILE: first.env.RESGUARDO_SIGNING_KEY_FILE
  })
  const found = await second.repository('found', {
    kind: 'local',
    settings: { path: repository.path }
  })
  const scan = await second.call('POST', `/v1/repositories/${found.id}/scan`)
  t.equal((await second.runEnd(scan.body.id)).status, 'succeeded')
  const { body: backup } = await second.call('GET', `/v1/backups/${run.backupId}`)
  t.equal(backup.id, run.backupId)
  const { body: sources } = await second.call('GET', '/v1/sources')
  t.match(sources.items, [{ name: 'shop', host: 'unknown.invalid', database: database.name }])

  const { host, port, user } = database.connection
  await second.call('PATCH', `/v1/sources/${sources.items[0].id}`, {
    host,
    port,
    user,
    sslMode: 'disable',
    password: database.password
  })
  const target = `test_${randomBytes(6).toString('hex')}`
  t.teardown(() => dropDatabase(target))
  const restored = await second.restore(run.backupId, target)
  t.equal(restored.run.status, 'succeeded', JSON.stringify(restored.run.error))
  t.same(await query(superuserUrl(target), contentQuery), await database.query(contentQuery))
})
