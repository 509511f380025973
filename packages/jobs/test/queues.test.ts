import { randomBytes, randomUUID } from 'node:crypto'
import { type Job, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { startRedis } from '../../../test/support/redis.ts'
import { jobOfKind, openQueues, type QueuedRun, queueNames, redisConnection } from '../src/index.ts'

const redisUrl = process.env.TEST_REDIS_URL!
const HOUR = 3_600_000

/** Queues under a prefix of their own, removed at the end of the test. */
async function testQueues(t: Test) {
  const prefix = `t${randomBytes(5).toString('hex')}`
  const queues = openQueues({ redisUrl, prefix, onError: error => t.fail(error.message) })
  await queues.ready()
  const redis = new Redis(redisUrl)
  t.teardown(async () => {
    await queues.close()
    const left = await redis.keys(`${prefix}:*`)
    if (left.length > 0) await redis.del(...left)
    redis.disconnect()
  })
  const counts = async () => {
    const all = await Promise.all(queues.all.map(queue => queue.getJobCounts()))
    return all.reduce<Record<string, number>>((sum, one) => {
      for (const [state, n] of Object.entries(one)) if (n > 0) sum[state] = (sum[state] ?? 0) + n
      return sum
    }, {})
  }
  const work = (queue: string, process: (job: Job) => Promise<void>) => {
    const worker = new Worker(queue, process, { connection: redisConnection(redisUrl), prefix })
    t.teardown(() => worker.close())
    return worker
  }
  return { queues, prefix, redis, counts, work }
}

const newRun = (change: Partial<QueuedRun> = {}): QueuedRun => ({
  id: randomUUID(),
  kind: 'backup',
  attempt: 0,
  ...change
})

t.test('a run goes once into the queue of its kind', async t => {
  const { queues } = await testQueues(t)
  for (const [kind, { name, queue }] of Object.entries(jobOfKind)) {
    const run = newRun({ kind: kind as QueuedRun['kind'] })
    t.equal(await queues.enqueueRun(run), true)
    const jobs = await queues.all.find(one => one.name === queue)!.getJobs(['waiting'])
    t.match(
      jobs.find(job => job.data.runId === run.id),
      { name, id: `${run.id}-1` }
    )
  }
  t.same(
    queues.all.map(({ name }) => name),
    queueNames
  )
})

t.test('the same attempt twice is one job, one after another or at once', async t => {
  const { queues, counts } = await testQueues(t)
  const run = newRun()
  t.equal(await queues.enqueueRun(run), true)
  t.equal(await queues.enqueueRun(run), false)
  t.equal(await queues.enqueueRun({ ...run, kind: 'backup' }, HOUR), false, 'nor delayed')
  t.same(await counts(), { waiting: 1 })
  const another = newRun()
  await Promise.all(Array.from({ length: 20 }, () => queues.enqueueRun(another)))
  t.same(await counts(), { waiting: 2 })
})

t.test('the next attempt is another job', async t => {
  const { queues, counts } = await testQueues(t)
  const run = newRun()
  await queues.enqueueRun(run)
  t.equal(await queues.enqueueRun({ ...run, attempt: 1 }), true)
  t.same(await counts(), { waiting: 2 })
})

t.test('a delayed attempt waits, and is still one job', async t => {
  const { queues, counts } = await testQueues(t)
  const run = newRun({ attempt: 2 })
  t.equal(await queues.enqueueRun(run, HOUR), true)
  t.equal(await queues.enqueueRun(run), false)
  t.same(await counts(), { delayed: 1 })
  const [job] = await queues.all.find(({ name }) => name === 'backup')!.getJobs(['delayed'])
  t.match(job, { id: `${run.id}-3`, delay: HOUR })
})

t.test('Redis holds ids only, whatever else the run carries', async t => {
  const { queues, redis, prefix } = await testQueues(t)
  const run = newRun()
  const whole = { ...run, params: { password: 'hunter2' }, requestedBy: 'key:hunter2' }
  await queues.enqueueRun(whole)
  const kept = await redis.hgetall(`${prefix}:backup:${run.id}-1`)
  t.same(JSON.parse(kept.data!), { runId: run.id })
  t.notMatch(JSON.stringify(kept), /hunter2/)
})

t.test('a job that ended before its run was claimed is replaced', async t => {
  const { queues, counts, work } = await testQueues(t)
  const done = newRun()
  const failed = newRun()
  await queues.enqueueRun(done)
  await queues.enqueueRun(failed)
  const worker = work('backup', async ({ data }) => {
    if (data.runId === failed.id) throw new Error('died')
  })
  await both(worker, 'completed', 'failed')
  await worker.close()
  t.same(await counts(), { completed: 1, failed: 1 }, 'a job is tried once: the catalog decides')
  for (const run of [done, failed]) t.equal(await queues.enqueueRun(run), true)
  t.same(await counts(), { waiting: 2 })
  await Promise.all(Array.from({ length: 8 }, () => queues.enqueueRun(done)))
  t.same(await counts(), { waiting: 2 })
})

t.test('a job that is being worked on is not put in a second time', async t => {
  const { queues, counts, work } = await testQueues(t)
  const run = newRun()
  await queues.enqueueRun(run)
  const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  work('backup', async () => {
    started.resolve()
    await ended.promise
  })
  await started.promise
  t.equal(await queues.enqueueRun(run), false)
  t.same(await counts(), { active: 1 })
  ended.resolve()
})

t.test('two prefixes in one Redis do not meet', async t => {
  const one = await testQueues(t)
  const other = await testQueues(t)
  const run = newRun()
  await one.queues.enqueueRun(run)
  t.equal(await other.queues.enqueueRun(run), true)
  t.same(await one.counts(), { waiting: 1 })
})

t.test('while Redis is away a run is refused, not kept in memory; afterwards it works', async t => {
  const dir = t.testdir()
  let redis = await startRedis(dir)
  t.teardown(() => redis.stop())
  const queues = openQueues({ redisUrl: redis.url, prefix: 'away', onError: () => {} })
  t.teardown(() => queues.close())
  await queues.ready()
  await redis.stop()
  const run = newRun()
  await t.rejects(queues.enqueueRun(run))
  await t.rejects(async () => queues.ping())
  redis = await startRedis(dir, redis.port)
  const answers = () =>
    queues.ping().then(
      () => true,
      () => false
    )
  while (!(await answers())) await new Promise(resolve => setTimeout(resolve, 20))
  const counts = await queues.all[0]!.getJobCounts()
  t.equal(counts.waiting, 0, 'the refused run was not enqueued behind our back')
  t.equal(await queues.enqueueRun(run), true)
})

/** Waits until the worker has told of both. */
async function both(worker: Worker, ...events: ('completed' | 'failed')[]) {
  await Promise.all(
    events.map(
      event => new Promise<void>(resolve => worker.once(event as 'completed', () => resolve()))
    )
  )
}
