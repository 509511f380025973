import type { Run } from '@resguardo/catalog'
import { openQueues, type Queues } from '@resguardo/jobs'
import type { Config } from '@resguardo/shared'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { within } from '../timeouts.ts'

declare module 'fastify' {
  interface FastifyInstance {
    queues: Queues
  }
  interface FastifyRequest {
    /** Tells a worker about a run. Where Redis cannot be asked the run stays queued in the catalog and the sweep finds it. */
    enqueue(run: Run): Promise<void>
  }
}

const ENQUEUE_TIMEOUT_MS = 2_000
const CLOSE_TIMEOUT_MS = 1_000

/** `request.enqueue(run)`: the only way a route reaches the worker. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const queues = openQueues({
      redisUrl: config.REDIS_URL,
      prefix: config.REDIS_PREFIX,
      onError: err => app.log.warn({ err }, 'queue connection error')
    })
    app.decorate('queues', queues)
    app.decorateRequest('enqueue', enqueue)
    app.addHook('onClose', async () => {
      await within(CLOSE_TIMEOUT_MS, queues.close(), 'Redis').catch(() => {})
      // BullMQ leaves a connection that was just being made again to go on trying for ever.
      const left = queues.all.map(queue => within(CLOSE_TIMEOUT_MS, queue.disconnect(), 'Redis'))
      await Promise.allSettled(left)
    })

    async function enqueue(this: FastifyRequest, run: Run) {
      try {
        await within(ENQUEUE_TIMEOUT_MS, queues.enqueueRun(run), 'Redis')
      } catch (err) {
        this.log.warn({ err, runId: run.id }, 'not enqueued; the sweep will')
      }
    }
  },
  { name: 'queues' }
)
