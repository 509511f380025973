import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import fp from 'fastify-plugin'

const acceptable = /^[A-Za-z0-9._-]{1,128}$/

/** The caller's X-Request-Id where it is harmless in a log line and a header, else a new one. */
export function requestIdOf(request: IncomingMessage) {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID()
}

/** Every answer says under which id the request stands in the logs. */
export default fp(
  async app => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('X-Request-Id', request.id)
    })
  },
  { name: 'request-id' }
)
