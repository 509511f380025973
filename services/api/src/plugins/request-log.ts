import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

/** Every line says which route it is about, and one line a request says how it ended. Never a query, body or header. */
export default fp(
  async app => {
    app.addHook('onRequest', async (request, reply) =>
      bindLog(request, reply, { route: routeOf(request) })
    )
    app.addHook('onResponse', async (request, reply) => {
      const { statusCode, elapsedTime } = reply
      const ms = Math.round(elapsedTime * 10) / 10
      request.log.info({ ...about(request), statusCode, ms }, 'request done')
    })
    app.addHook('onRequestAbort', async request => {
      request.log.info(about(request), 'client left before the end of the answer')
    })
  },
  { name: 'request-log' }
)

const about = ({ method, url }: FastifyRequest) => ({ method, path: url.split('?', 1)[0] })

/** The pattern, so that lines and metrics of one route belong together. */
export const routeOf = (request: FastifyRequest) => request.routeOptions.url ?? 'unmatched'

/** Puts fields on every further line of the request. */
export function bindLog(
  request: FastifyRequest,
  reply: FastifyReply,
  fields: Record<string, string>
) {
  request.log = request.log.child(fields)
  reply.log = request.log
}
