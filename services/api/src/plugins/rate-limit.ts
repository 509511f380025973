import rateLimit from '@fastify/rate-limit'
import { AppError, type Config } from '@resguardo/shared'
import fp from 'fastify-plugin'

/**
 * Requests a minute and client address, counted in Redis and before the key is looked at, so that failed logins and
 * unknown routes count too. Without Redis nothing is limited.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    await app.register(rateLimit, {
      global: false,
      redis: app.redis,
      nameSpace: `${config.REDIS_PREFIX}:rate:`,
      skipOnError: true,
      max: config.RATE_LIMIT_PER_MINUTE,
      timeWindow: 60_000,
      allowList: request => request.routeOptions.config.public === true,
      onExceeded: () => app.metrics.rateLimited.inc(),
      errorResponseBuilder: (_request, { after }) =>
        new AppError('RATE_LIMITED', `Too many requests; try again in ${after}`)
    })
    app.addHook('onRequest', app.rateLimit())
  },
  { name: 'rate-limit', dependencies: ['redis', 'metrics'] }
)
