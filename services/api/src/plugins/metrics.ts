import { createMetrics, type Metrics } from '@resguardo/shared'
import fp from 'fastify-plugin'
import { routeOf } from './request-log.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
  }
}

/** `app.metrics`, and the duration of every request by the route's pattern. They are read at the metrics listener. */
export default fp(
  async app => {
    const metrics = createMetrics()
    app.decorate('metrics', metrics)
    app.addHook('onResponse', async (request, reply) => {
      if (request.routeOptions.config.stream) return
      const labels = { method: request.method, route: routeOf(request), status: reply.statusCode }
      metrics.httpDuration.observe(labels, reply.elapsedTime / 1_000)
    })
  },
  { name: 'metrics' }
)
