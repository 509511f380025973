import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { jobOfKind } from '@resguardo/jobs'
import { Queue } from 'bullmq'
import t from 'tap'
import { databasesLike, dropDatabase, query, superuserUrl } from '../support/postgres.ts'
import { startRedis, wipeRedis } from '../support/redis.ts'
import { contentQuery } from '../support/sample.ts'
import { goodBackup, historyOf, stagingPrefix, startScene } from '../support/scene.ts'
import { until } from '../support/stack.ts'

/** Runs the real program but stops half-way for a long time, after saying so in a file. */
const pausing = '$REAL "$@" | (head -c 300000; touch "$0.paused"; sleep 600)'
const pausedDump = (dir: string) =>
  until(() =>
    access(`${dir}/pg_dump.paused`).then(
      () => true,
      () => false
    )
  )

t.test(
  'a worker killed mid-backup: another takes over, nothing half-made is visible, the history tells',
  async t => {
    const { stack, repository, sourceId } = await startScene(t)
    const dir = await stack.wrapTool('pg_dump', pausing)
    const first = await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
    const { id } = await stack.backup(sourceId, repository.id)
    await pausedDump(dir)
    await first.kill()
    t.same((await stack.call('GET', '/v1/backups')).body.items, [])
    t.notOk((await repository.files()).some(name => name.endsWith('manifest.json')))
    await stack.startWorker()
    const run = await stack.runEnd(id)
    t.match(run, { status: 'succeeded', attempt: 2 }, JSON.stringify(run.error))
    t.ok((await historyOf(stack, id)).includes('taken-over'))
    const files = await repository.files()
    t.equal(files.filter(name => name.endsWith('manifest.json')).length, 1)
    t.ok(
      files.every(name => name === 'resguardo.json' || name.includes(run.backupId)),
      'the first attempt left nothing'
    )
  }
)

t.test(
  'a worker killed mid-restore: another starts again and leaves no half-made database',
  async t => {
    const scene = await startScene(t)
    const { stack, database } = scene
    const backupId = await goodBackup(scene)
    const dir = await stack.wrapTool(
      'pg_restore',
      '(head -c 300000; touch "$0.paused"; sleep 600) | $REAL "$@"'
    )
    const first = await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
    const target = `test_${randomBytes(6).toString('hex')}`
    t.teardown(() => dropDatabase(target))
    const { body } = await stack.call('POST', '/v1/restores', {
      backupId,
      target: { database: target }
    })
    await until(() =>
      access(`${dir}/pg_restore.paused`).then(
        () => true,
        () => false
      )
    )
    t.same(await databasesLike(target), [], 'not visible under its name')
    await first.kill()
    await stack.startWorker()
    const run = await stack.runEnd(body.runId)
    t.match(run, { status: 'succeeded', attempt: 2 }, JSON.stringify(run.error))
    t.same(await query(superuserUrl(target), contentQuery), await database.query(contentQuery))
    t.same(await databasesLike(stagingPrefix(body.id)), [])
  }
)

t.test('a run whose workers die on every attempt is failed, not tried for ever', async t => {
  const { stack, repository, sourceId } = await startScene(t)
  const { id } = await stack.backup(sourceId, repository.id)
  for (let attempt = 1; attempt <= 3; attempt++) {
    const dir = await stack.wrapTool('pg_dump', pausing)
    const worker = await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
    await pausedDump(dir)
    await worker.kill()
  }
  await stack.startWorker()
  t.match(await stack.runEnd(id), { status: 'failed', error: { code: 'RUN_ABANDONED' } })
})

t.test('a stopping worker hands its run back, and the attempt does not count', async t => {
  const { stack, repository, sourceId } = await startScene(t)
  const dir = await stack.wrapTool('pg_dump', pausing)
  const first = await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
  const { id } = await stack.backup(sourceId, repository.id)
  await pausedDump(dir)
  await first.stop()
  t.same(await repository.files(), ['resguardo.json'], 'it cleaned up')
  t.match((await stack.call('GET', `/v1/runs/${id}`)).body, { status: 'queued', attempt: 0 })
  await stack.startWorker()
  t.match(await stack.runEnd(id), { status: 'succeeded', attempt: 1 })
  t.ok((await historyOf(stack, id)).includes('handed-back'))
})

t.test('Redis wiped between runs and mid-run', async t => {
  const redis = await startRedis(t.testdir())
  t.teardown(redis.stop)
  const { stack, repository, sourceId } = await startScene(t, { redisUrl: redis.url })
  const queued = await stack.backup(sourceId, repository.id)
  await wipeRedis(redis.url)
  const dir = await stack.wrapTool(
    'pg_dump',
    '$REAL "$@" | (head -c 300000; touch "$0.paused"; sleep 3; cat); exit 0'
  )
  await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
  await pausedDump(dir)
  await wipeRedis(redis.url)
  t.match(await stack.runEnd(queued.id), { status: 'succeeded', attempt: 1 })
  const next = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
  t.match(next, { status: 'succeeded' })
})

t.test('cancel while queued and while dumping', async t => {
  const { stack, repository, sourceId } = await startScene(t)
  const queued = await stack.backup(sourceId, repository.id)
  t.equal((await stack.call('POST', `/v1/runs/${queued.id}/cancel`)).status, 200)
  const dir = await stack.wrapTool('pg_dump', pausing)
  await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
  const { id } = await stack.backup(sourceId, repository.id)
  await pausedDump(dir)
  t.equal((await stack.call('POST', `/v1/runs/${id}/cancel`)).status, 202)
  t.match(await stack.runEnd(id), { status: 'cancelled', error: { code: 'RUN_CANCELLED' } })
  t.match(
    (await stack.call('GET', `/v1/runs/${queued.id}`)).body,
    { status: 'cancelled', attempt: 0 },
    'the queued one never ran'
  )
  t.same(await repository.files(), ['resguardo.json'])
  t.equal((await stack.call('POST', `/v1/runs/${id}/cancel`)).body.code, 'RUN_NOT_CANCELLABLE')
})

t.test('cancel while restoring leaves the target as it was', async t => {
  const scene = await startScene(t)
  const { stack } = scene
  const backupId = await goodBackup(scene)
  const dir = await stack.wrapTool(
    'pg_restore',
    '(head -c 300000; touch "$0.paused"; sleep 600) | $REAL "$@"'
  )
  await stack.startWorker({ RESGUARDO_PG_BIN_DIRS: dir })
  const target = `test_${randomBytes(6).toString('hex')}`
  const { body } = await stack.call('POST', '/v1/restores', {
    backupId,
    target: { database: target }
  })
  await until(() =>
    access(`${dir}/pg_restore.paused`).then(
      () => true,
      () => false
    )
  )
  await stack.call('POST', `/v1/runs/${body.runId}/cancel`)
  t.match(await stack.runEnd(body.runId), { status: 'cancelled' })
  t.same(await databasesLike(target), [])
  t.same(await databasesLike(stagingPrefix(body.id)), [])
})

t.test(
  'the same job delivered several times makes one backup; two backups of a source run one after another',
  async t => {
    const { stack, repository, sourceId } = await startScene(t)
    const queue = new Queue(jobOfKind.backup.queue, {
      connection: { url: stack.env.RESGUARDO_REDIS_URL },
      prefix: stack.env.RESGUARDO_REDIS_PREFIX
    })
    t.teardown(() => queue.close())
    const runs = [
      await stack.backup(sourceId, repository.id),
      await stack.backup(sourceId, repository.id)
    ]
    for (const { id } of runs)
      for (let i = 0; i < 3; i++)
        await queue.add(jobOfKind.backup.name, { runId: id }, { jobId: `again-${id}-${i}` })
    await Promise.all([
      stack.startWorker({ RESGUARDO_WORKER_CONCURRENCY: '8' }),
      stack.startWorker({ RESGUARDO_WORKER_CONCURRENCY: '8' })
    ])
    const ended = []
    for (const { id } of runs) ended.push(await stack.runEnd(id))
    for (const run of ended)
      t.match(run, { status: 'succeeded', attempt: 1 }, JSON.stringify(run.error))
    const [a, b] = ended.sort((x, y) => x.startedAt.localeCompare(y.startedAt))
    t.ok(a!.finishedAt <= b!.startedAt, 'never at the same time')
    t.equal((await stack.call('GET', '/v1/backups')).body.items.length, 2)
  }
)
