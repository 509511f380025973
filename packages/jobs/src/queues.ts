import { Queue } from 'bullmq'
import { jobOfKind, queueNames } from './registry.ts'

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
}

export type Queues = ReturnType<typeof openQueues>
