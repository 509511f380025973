import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { runEvents } from '../run-events.ts'
import { IdParams } from '../schemas/fields.ts'

const MAX_STREAMS = 200

const routes: FastifyPluginAsyncTypebox = async app => {
  let streams = 0

  app.get(
    '/:id/events',
    {
      config: { role: 'viewer', stream: true },
      exposeHeadRoute: false,
      schema: {
        operationId: 'followRun',
        tags: ['runs'],
        summary: 'Follow a run',
        description:
          'Server-sent events: `run` with the run whenever it changed, then `end` with the finished run.',
        params: IdParams,
        response: {
          200: {
            description: 'The stream; it ends when the run is finished',
            content: { 'text/event-stream': { schema: Type.Unsafe<unknown>({ type: 'string' }) } }
          }
        }
      }
    },
    async (request, reply) => {
      const { id } = await app.catalog.runs.get(request.params.id)
      if (streams >= MAX_STREAMS)
        throw new AppError('OVERLOADED', 'Too many event streams are open')
      const signal = AbortSignal.any([app.closing, request.signal])
      const stream = Readable.from(
        runEvents({ catalog: app.catalog, id, signal, log: request.log })
      )
      streams += 1
      stream.once('close', () => {
        streams -= 1
      })
      reply.headers({
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store, no-transform',
        'X-Accel-Buffering': 'no'
      })
      return reply.send(stream)
    }
  )
}

export default routes
