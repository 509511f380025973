import { once } from 'node:events'
import type { Config } from '@resguardo/shared'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'
import { within } from '../timeouts.ts'

declare module 'fastify' {
  interface FastifyInstance {
    redis: Redis
  }
}

/** `app.redis`: for the rate limits and health. Fails at once while Redis is away; the service goes on without it. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const redis = new Redis(config.REDIS_URL, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      connectTimeout: 2_000,
      commandTimeout: 2_000
    })
    redis.on('error', err => app.log.warn({ err }, 'redis connection error'))
    app.decorate('redis', redis)
    app.addHook('onClose', async () => redis.disconnect())
    await within(2_000, once(redis, 'ready'), 'Redis').catch(err =>
      app.log.warn({ err }, 'starting without Redis')
    )
  },
  { name: 'redis' }
)
