import { createHmac } from 'node:crypto'
import type { Config } from '@resguardo/shared'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** The Idempotency-Key that this request holds and still has to settle. */
    idempotencyKey: string | null
  }
}

interface Answer {
  location?: string
  body: unknown
}

/**
 * Routes with `config.idempotent` do the same request with the same `Idempotency-Key` once: later ones get the first answer
 * and `Idempotency-Replayed: true`. A request that fails leaves the key free.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { idempotency } = app.catalog
    app.decorateRequest('idempotencyKey', null)

    app.addHook('preHandler', async (request, reply) => {
      const key = request.headers['idempotency-key']
      if (!request.routeOptions.config.idempotent || typeof key !== 'string') return
      const known = await idempotency.begin(request.apiKey.id, key, hashOf(request))
      if (known.state === 'new') {
        request.idempotencyKey = key
        return
      }
      const { location, body } = known.body as Answer
      if (location) reply.header('Location', location)
      return reply.header('Idempotency-Replayed', 'true').code(known.status).send(body)
    })

    app.addHook('preSerialization', async (request, reply, payload) => {
      const { idempotencyKey: key } = request
      if (key === null || reply.statusCode >= 400) return payload
      request.idempotencyKey = null
      const location = reply.getHeader('Location')
      const answer: Answer = { body: keepable(request, payload) }
      if (typeof location === 'string') answer.location = location
      await idempotency
        .complete(request.apiKey.id, key, reply.statusCode, answer)
        .catch(err => request.log.error({ err }, 'answer not kept for replay'))
      return payload
    })

    app.addHook('onError', async request => {
      const { idempotencyKey: key } = request
      if (key === null) return
      request.idempotencyKey = null
      await idempotency
        .forget(request.apiKey.id, key)
        .catch(err => request.log.error({ err }, 'idempotency key not freed'))
    })

    /** Keyed, because a body may hold a password that a plain hash would let one guess. */
    function hashOf({ method, url, body }: FastifyRequest) {
      const hmac = createHmac('sha256', config.MASTER_KEY)
      return hmac.update(`${method}\n${url}\n${JSON.stringify(body ?? null)}`).digest('hex')
    }
  },
  { name: 'idempotency', dependencies: ['catalog', 'authentication'] }
)

/** The answer without what is shown only once. */
function keepable({ routeOptions }: FastifyRequest, payload: unknown) {
  const { idempotent } = routeOptions.config
  if (typeof idempotent !== 'object') return payload
  const hidden = Object.fromEntries(idempotent.once.map(field => [field, null]))
  return { ...(payload as object), ...hidden }
}
