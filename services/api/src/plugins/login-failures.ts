import { normalizeIP } from '@fastify/rate-limit'
import { AppError, type Config } from '@resguardo/shared'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a failed login. @throws RATE_LIMITED, with Retry-After, once an address had too many in a minute */
    countLoginFailure(request: FastifyRequest, reply: FastifyReply): Promise<void>
  }
}

const WINDOW_SECONDS = 60

/**
 * A limit on failed logins of its own, in Redis, by client address. A good key is never locked out by others behind the
 * same address: keys have 256 random bits, so the limit is there to slow down and to be seen, not to prevent guessing.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.decorate('countLoginFailure', async (request, reply) => {
      app.metrics.authFailures.inc()
      const counted = await count(`${config.REDIS_PREFIX}:login:${normalizeIP(request.ip)}`)
      if (counted.failures <= config.LOGIN_FAILURES_PER_MINUTE) return
      app.metrics.rateLimited.inc()
      reply.header('Retry-After', counted.secondsLeft)
      throw new AppError(
        'RATE_LIMITED',
        `Too many failed logins; try again in ${counted.secondsLeft} s`
      )
    })

    async function count(key: string) {
      try {
        const answers = await app.redis
          .multi()
          .incr(key)
          .expire(key, WINDOW_SECONDS, 'NX')
          .ttl(key)
          .exec()
        const [failures = 0, , left = WINDOW_SECONDS] =
          answers?.map(([, value]) => Number(value)) ?? []
        return { failures, secondsLeft: Math.max(1, left) }
      } catch {
        return { failures: 0, secondsLeft: 0 }
      }
    }
  },
  { name: 'login-failures', dependencies: ['redis', 'metrics'] }
)
