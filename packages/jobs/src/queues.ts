import { Queue } from 'bullmq'
import { jobOfKind, queueNames, tasks } from './registry.ts'

export interface QueuesOptions {
  redisUrl: string
  prefix: string
  /** Called for connection errors; ioredis reconnects by itself, the caller only logs. */
  onError: (error: Error) => void
}

/** The part of a run that its job needs. `attempt` counts the attempts already begun. */
export interface QueuedRun {
  id: string
  kind: keyof typeof jobOfKind
  attempt: number
}

/** Connection options of BullMQ for a Redis URL. Options, not an instance: BullMQ then closes what it opened. */
export const redisConnection = (url: string) => ({ url, maxRetriesPerRequest: null })

/** The queues. Jobs carry ids only; the catalog decides about retries, so a job is tried once. */
export function openQueues({ redisUrl, prefix, onError }: QueuesOptions) {
  // A command while Redis is away fails soon instead of waiting for ever: the sweep enqueues again.
  const connection = { url: redisUrl, maxRetriesPerRequest: 1, enableOfflineQueue: false }
  const queues = new Map(
    queueNames.map(name => {
      const queue = new Queue(name, { connection, prefix })
      queue.on('error', onError)
      return [name, queue]
    })
  )
  return {
    all: [...queues.values()],
    ready: () => Promise.all([...queues.values()].map(queue => queue.waitUntilReady())),
    enqueueRun,
    enqueueNotification,
    syncSchedules,
    /** Rejects where Redis does not answer. */
    ping: () => queues.values().next().value!.getJobCountByTypes('waiting'),
    close: () => Promise.all([...queues.values()].map(queue => queue.close()))
  }

  /**
   * Puts the next attempt of a run into its queue. Repeating the call does nothing while that attempt's job waits or is
   * active; a job that already ended (its worker died before the claim) is replaced. Returns whether a job was added.
   */
  async function enqueueRun(run: QueuedRun, delayMs = 0): Promise<boolean> {
    const job = jobOfKind[run.kind]
    const queue = queues.get(job.queue)!
    const jobId = `${run.id}-${run.attempt + 1}`
    const known = await queue.getJob(jobId)
    if (known) {
      const state = await known.getState()
      if (state !== 'completed' && state !== 'failed') return false
      await known.remove()
    }
    await queue.add(
      job.name,
      { runId: run.id },
      {
        jobId,
        delay: delayMs,
        removeOnComplete: { age: 7 * 86_400, count: 1_000 },
        removeOnFail: { age: 30 * 86_400, count: 1_000 }
      }
    )
    return true
  }

  /** Asks for an attempt to deliver a notification. Repeating the call for the same attempt does nothing. */
  async function enqueueNotification({ id, attempt }: { id: string; attempt: number }) {
    const { name, queue } = tasks.sendNotification
    await queues
      .get(queue)!
      .add(
        name,
        { notificationId: id },
        { jobId: `${id}-${attempt + 1}`, removeOnComplete: true, removeOnFail: true }
      )
  }

  /** Makes the job schedulers those that are given; called at start, after changes, and now and then, since Redis may be wiped. */
  async function syncSchedules(wanted: WakeUp[]) {
    const { name, queue: queueName } = tasks.fireSchedules
    const queue = queues.get(queueName)!
    const idOf = ({ policyId, schedule }: WakeUp) => `${policyId}.${schedule}`
    const keep = new Set(wanted.map(idOf))
    for (const { key } of await queue.getJobSchedulers(0, -1))
      if (!keep.has(key)) await queue.removeJobScheduler(key)
    for (const wakeUp of wanted) {
      const { cron, timeZone, policyId } = wakeUp
      await queue.upsertJobScheduler(
        idOf(wakeUp),
        { pattern: cron, tz: timeZone },
        { name, data: { policyId }, opts: { removeOnComplete: true, removeOnFail: true } }
      )
    }
  }
}

/** When a worker is to look at a policy's schedule. */
export interface WakeUp {
  policyId: string
  schedule: string
  cron: string
  timeZone: string
}

export type Queues = ReturnType<typeof openQueues>

interface Scheduled {
  id: string
  paused: boolean
  timeZone: string
  schedules: { name: string; cron: string }[]
}

/** The wake-ups of all policies that are not paused. */
export const wakeUpsOf = (policies: Scheduled[]): WakeUp[] =>
  policies
    .filter(({ paused }) => !paused)
    .flatMap(({ id, schedules, timeZone }) =>
      schedules.map(({ name, cron }) => ({ policyId: id, schedule: name, cron, timeZone }))
    )
