import {
  type JobDefinition,
  jobOfKind,
  parsePayload,
  redisConnection,
  tasks as taskJobs
} from '@resguardo/jobs'
import { AppError } from '@resguardo/shared'
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq'
import type { Dependencies } from './dependencies.ts'
import { executeRun } from './execute-run.ts'
import { tasks } from './tasks/registry.ts'

/** Wait before a run is looked at again whose source is busy. */
const BUSY_DELAY_MS = 2_000

/**
 * The only place that makes a BullMQ Worker. The catalog decides what happens to a run; a job only says "look at this run",
 * so it may be lost, late or delivered twice.
 */
export function startWorker(dependencies: Dependencies, queueName: string) {
  const { config, log } = dependencies
  const stopping = new AbortController()
  const worker = new Worker(queueName, execute, {
    connection: redisConnection(config.REDIS_URL),
    prefix: config.REDIS_PREFIX,
    concurrency: config.WORKER_CONCURRENCY,
    // A job whose worker died is not run again by BullMQ: the sweep does that, with the catalog's claim.
    maxStalledCount: 0
  })
  worker.on('error', err => log.error({ err, queue: queueName }, 'queue connection error'))
  worker.on('failed', (job, err) => log.debug({ jobId: job?.id, reason: err.message }, 'job ended'))
  return { worker, stop }

  async function execute(job: Job, token?: string) {
    const task: JobDefinition | undefined = Object.values(taskJobs).find(
      ({ name }) => name === job.name
    )
    if (task) return tasks[task.name]!(dependencies, parsePayload(task, job.data) as never)
    const definition = Object.values(jobOfKind).find(({ name }) => name === job.name)
    if (!definition) throw new UnrecoverableError(`Unknown job ${job.name}`)
    const { runId } = parsePayload(definition, job.data)
    const outcome = await executeRun(dependencies, runId, stopping.signal)
    if (outcome === 'busy') {
      await job.moveToDelayed(Date.now() + BUSY_DELAY_MS, token)
      throw new DelayedError()
    }
    // The code alone: what a tool printed may hold values of rows, and Redis holds no data.
    if (outcome instanceof AppError) throw new UnrecoverableError(outcome.code)
    return outcome
  }

  /** Takes no more jobs, gives active ones `graceMs` to finish, then hands them back. */
  async function stop(graceMs: number) {
    const timer = setTimeout(
      () => stopping.abort(new AppError('RUN_HANDED_BACK', 'The worker is stopping')),
      graceMs
    )
    await worker.close()
    clearTimeout(timer)
  }
}
