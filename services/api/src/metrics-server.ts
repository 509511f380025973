import type { Metrics } from '@resguardo/shared'
import fastify from 'fastify'

/** Its own listener, so that Prometheus needs no key and the internet does not reach it. */
export function buildMetricsServer({ registry }: Metrics) {
  const server = fastify({ requestTimeout: 10_000, connectionTimeout: 30_000 })
  server.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType)
    return registry.metrics()
  })
  return server
}
