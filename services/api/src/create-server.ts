import fastify, { type FastifyServerOptions, LogController } from 'fastify'
import { answerProblem } from './plugins/error-handler.ts'
import { requestIdOf } from './plugins/request-id.ts'
import './route-config.ts'
import { lazySerializers } from './serialization.ts'
import { validatorCompiler } from './validation.ts'

/** Longer than the longest `?wait`, shorter than for ever. */
const IDLE_SOCKET_MS = 330_000

/** A server with this API's limits, request ids and validation, and no routes yet. */
export function createServer(
  options: Pick<FastifyServerOptions, 'logger' | 'trustProxy'>,
  buildSerializer = lazySerializers
) {
  const app = fastify({
    ...options,
    bodyLimit: 256 * 1024,
    requestTimeout: 30_000,
    connectionTimeout: IDLE_SOCKET_MS,
    keepAliveTimeout: 75_000,
    genReqId: requestIdOf,
    // plugins/request-log.ts writes the line of a request.
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'requestId'
    }),
    frameworkErrors: answerProblem,
    schemaController: { compilersFactory: { buildSerializer } }
  })
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  return app
}
