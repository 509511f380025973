import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '@resguardo/api-client'
import t, { type Test } from 'tap'
import { databasesLike, dropDatabase, query, superuserUrl } from '../support/postgres.ts'
import { contentQuery } from '../support/sample.ts'
import { goodBackup, startScene } from '../support/scene.ts'

const bulk = { bulkThresholdBytes: 0, streamBytes: 1_048_576 }

/** A scene whose worker stays, and ways to ask its API. */
async function live(t: Test) {
  const scene = await startScene(t)
  const backupId = await goodBackup(scene, { options: bulk })
  const worker = await scene.stack.startWorker()
  const post = async (path: string, body?: Json) => {
    const answer = await scene.stack.call('POST', path, body)
    return { ...answer, run: answer.status < 300 ? await scene.stack.runEnd(answer.body.id) : {} }
  }
  const backup = async (id = backupId) => (await scene.stack.call('GET', `/v1/backups/${id}`)).body
  return { ...scene, worker, backupId, post, backup }
}

async function flipByte(path: string, at: number) {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0]! ^= 1
  await file.write(byte, 0, 1, at)
  await file.close()
  return byte
}

t.test(
  'verify finds one flipped bit, marks the backup, and sees when it is good again',
  async t => {
    const { stack, repository, backupId, post, backup } = await live(t)
    t.match((await post(`/v1/backups/${backupId}/verify`, {})).run, { status: 'succeeded' })
    t.match(await backup(), { state: 'available', verifiedAt: /^20/, deepVerifiedAt: null })
    t.match((await post(`/v1/backups/${backupId}/verify`, { deep: true })).run, {
      status: 'succeeded'
    })
    t.match(await backup(), { deepVerifiedAt: /^20/ })

    const stream = (await repository.files()).find(name => /\/data\/.*\.age$/.test(name))!
    const path = join(repository.path, stream)
    await flipByte(path, 300)
    const { run } = await post(`/v1/backups/${backupId}/verify`, {})
    t.match(run, { status: 'failed', error: { code: 'OBJECT_DAMAGED', message: /data\// } })
    t.match(await backup(), { state: 'damaged', damage: { code: 'OBJECT_DAMAGED' } })

    const body = { backupId, target: { database: 'never' } }
    t.match(await stack.call('POST', '/v1/restores', body), {
      status: 409,
      body: { code: 'BACKUP_DAMAGED' }
    })
    t.match(await stack.restore(backupId, 'never', { allowDamaged: true }), {
      run: { status: 'failed', error: { code: 'OBJECT_DAMAGED' } }
    })
    t.same(await databasesLike('never'), [])

    await flipByte(path, 300)
    t.match((await post(`/v1/backups/${backupId}/verify`, {})).run, { status: 'succeeded' })
    t.match(await backup(), { state: 'available', damage: null })
  }
)

t.test('the oldest backup is verified by itself when its time has come', async t => {
  const { stack, worker, backupId, backup } = await live(t)
  await query(
    stack.catalogUrl,
    `UPDATE backups SET finished_at = now() - interval '31 days' WHERE id = $1`,
    [backupId]
  )
  await stack.startWorker()
  const runs = async () => (await stack.call('GET', '/v1/runs?kind=verify')).body.items as Json[]
  let found: Json[] = []
  while (found.length === 0 || found[0]!.status !== 'succeeded') found = await runs()
  t.match(found, [{ backupId, requestedBy: 'schedule' }])
  t.equal(found.length, 1, 'two workers start it once')
  t.match(await backup(), { verifiedAt: /^20/ })
  await worker.stop()
})

t.test('a copy in a second repository restores without the first', async t => {
  const scene = await live(t)
  const { stack, sourceId, repository, database, backupId, post } = scene
  const second = await stack.localRepository('second')
  const { run } = await post(`/v1/backups/${backupId}/copies`, { repositoryId: second.id })
  t.match(run, { status: 'succeeded', kind: 'copy' })
  t.match((await stack.call('GET', `/v1/backups/${run.backupId}`)).body, {
    copyOf: backupId,
    repositoryId: second.id
  })
  t.match(await post(`/v1/backups/${backupId}/copies`, { repositoryId: second.id }), {
    status: 409,
    body: { code: 'RUN_EXISTS' }
  })

  const copied = await stack.runEnd(
    (await stack.backup(sourceId, repository.id, { copyTo: [second.id] })).id
  )
  const copyRun = async () =>
    ((await stack.call('GET', '/v1/runs?kind=copy&status=succeeded')).body.items as Json[]).find(
      ({ params }) => params.backupId === copied.backupId
    )
  while (!(await copyRun())) await new Promise(resolve => setTimeout(resolve, 100))

  await rm(repository.path, { recursive: true })
  const target = `test_${randomBytes(6).toString('hex')}`
  t.teardown(() => dropDatabase(target))
  t.match(await stack.restore(run.backupId, target), { run: { status: 'succeeded' } })
  t.same(await query(superuserUrl(target), contentQuery), await database.query(contentQuery))
})

t.test('a swap over the API, with a safety backup, and its undo', async t => {
  const { stack, database, backupId, post } = await live(t)
  const before = await database.query(contentQuery)
  await database.query('TRUNCATE invoice CASCADE')
  const ruined = await database.query(contentQuery)
  t.notSame(ruined, before)

  const { restore, run } = await stack.restore(backupId, database.name, {
    options: { mode: 'swap', safetyBackup: true, keepDays: 1 }
  })
  t.match(run, { status: 'succeeded' })
  t.same(await database.query(contentQuery), before, 'the restored one is live')
  const kept = restore.result.replaced
  t.teardown(() => dropDatabase(kept))
  t.match((await stack.call('GET', '/v1/kept-databases')).body.items, [
    { restoreId: restore.id, database: database.name, keptAs: kept, state: 'kept' }
  ])
  const safety = (await stack.call('GET', '/v1/backups')).body.items[0]
  t.match(safety, { name: /^before-restore-/, labels: { restore: restore.id } })

  const undo = await post(`/v1/restores/${restore.id}/undo`)
  t.match(undo.run, { status: 'succeeded', kind: 'undo' })
  t.same(await database.query(contentQuery), ruined, 'as before the swap')
  t.match(await post(`/v1/restores/${restore.id}/undo`), { body: { code: 'RESTORE_NOT_UNDOABLE' } })
  const [{ keptAs: undone }] = (await stack.call('GET', '/v1/kept-databases')).body.items
  t.same(await databasesLike(undone), [undone])

  await query(
    stack.catalogUrl,
    `UPDATE kept_databases SET keep_until = now() - interval '1 second'`
  )
  const { repositoryId } = safety
  t.match((await post(`/v1/repositories/${repositoryId}/tidy`)).run, { status: 'succeeded' })
  t.same(await databasesLike(undone), [], 'dropped when its time is over')
  t.match((await stack.call('GET', '/v1/kept-databases')).body.items, [{ state: 'removed' }])
})

t.test('tidy removes what was never finished, and nothing else', async t => {
  const { repository, post } = await live(t)
  const before = await repository.files()
  const old = new Date(Date.now() - 25 * 3_600_000)
  const leave = async (folder: string, name: string, at: Date) => {
    await mkdir(join(repository.path, folder), { recursive: true })
    const path = join(repository.path, folder, name)
    await writeFile(path, 'x')
    await utimes(path, at, at)
  }
  await leave('shop/backups/20200101T000000Z-logical-aaaaaaaa', 'archive.pgdump.zst.age', old)
  await leave('shop/backups/20200101T000000Z-logical-aaaaaaaa/data', 'x.0001.copy.zst.age', old)
  await leave(
    'shop/backups/20200101T000000Z-logical-bbbbbbbb',
    'archive.pgdump.zst.age',
    new Date()
  )
  await leave('.unfinished', 'old~1', old)
  // A good backup does not become old.
  for (const name of before) await utimes(join(repository.path, name), old, old)
  t.match((await post(`/v1/repositories/${repository.id}/tidy`)).run, { status: 'succeeded' })
  t.same(
    await repository.files(),
    [...before, 'shop/backups/20200101T000000Z-logical-bbbbbbbb/archive.pgdump.zst.age'].sort()
  )
  t.same(await readdir(join(repository.path, '.unfinished')).catch(() => []), [])
})
