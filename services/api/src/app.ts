import { type Config, loggingOptions } from '@resguardo/shared'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { createServer } from './create-server.ts'
import audit from './plugins/audit.ts'
import authentication from './plugins/authentication.ts'
import bullBoard from './plugins/bull-board.ts'
import catalog from './plugins/catalog.ts'
import closing from './plugins/closing.ts'
import docs from './plugins/docs.ts'
import errorHandler from './plugins/error-handler.ts'
import idempotency from './plugins/idempotency.ts'
import loginFailures from './plugins/login-failures.ts'
import metrics from './plugins/metrics.ts'
import openapi from './plugins/openapi.ts'
import plainText from './plugins/plain-text.ts'
import queues from './plugins/queues.ts'
import rateLimit from './plugins/rate-limit.ts'
import redis from './plugins/redis.ts'
import requestId from './plugins/request-id.ts'
import requestLog from './plugins/request-log.ts'
import security from './plugins/security.ts'
import underPressure, { type Pressure } from './plugins/under-pressure.ts'
import routes from './routes/index.ts'

export interface AppOptions {
  config: Config
  /** Where log lines go; default stdout. */
  logTo?: { write(line: string): void }
  /** When requests are refused as too many; default: the event loop is a second late. */
  pressure?: Pressure
}

/** The whole API, ready to listen or to be injected into. The order of the plugins is the order of their hooks. */
export async function buildApp({ config, logTo, pressure }: AppOptions): Promise<FastifyInstance> {
  const logger = loggingOptions({ service: 'api', env: config.ENV, level: config.LOG_LEVEL })
  const app = createServer({
    logger: (logTo ? { ...logger, stream: logTo } : logger) as NonNullable<
      FastifyServerOptions['logger']
    >,
    trustProxy: config.TRUST_PROXY === '' ? false : config.TRUST_PROXY
  })
  await app.register(closing)
  await app.register(errorHandler)
  await app.register(requestId)
  await app.register(requestLog)
  await app.register(metrics)
  await app.register(security)
  await app.register(underPressure, { pressure })
  await app.register(catalog, { config })
  await app.register(redis, { config })
  await app.register(queues, { config })
  await app.register(rateLimit, { config })
  await app.register(loginFailures, { config })
  await app.register(authentication)
  await app.register(audit)
  await app.register(plainText)
  await app.register(idempotency, { config })
  await app.register(openapi)
  await app.register(docs)
  await app.register(bullBoard)
  await app.register(routes)
  return app
}
