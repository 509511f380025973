import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { checkDependencies } from '../check-dependencies.ts'
import { closed } from '../schemas/fields.ts'

const Dependency = Type.Enum(['up', 'down'])
const fields = {
  db: Dependency,
  redis: Dependency,
  uptimeSec: Type.Integer({ description: 'Seconds since the service started' })
}
const Live = Type.Object({ status: Type.Enum(['ok']), ...fields }, { description: 'It lives' })
const Ready = Type.Object(
  {
    status: Type.Enum(['ok', 'unavailable']),
    ...fields,
    problems: Type.Array(
      Type.Object({ dependency: Type.Enum(['db', 'redis']), reason: Type.String() })
    )
  },
  { description: 'Whether it can do its work' }
)

const LIVE_TIMEOUT_MS = 500
const READY_TIMEOUT_MS = 2_000

/** Public, for orchestrators and proxies. */
const routes: FastifyPluginAsyncTypebox = async app => {
  const check = checkDependencies({
    db: timeoutMs => app.catalog.ping(timeoutMs),
    redis: async () => app.redis.ping()
  })
  const uptimeSec = () => Math.floor(process.uptime())

  app.get(
    '/live',
    {
      config: { public: true },
      schema: {
        operationId: 'getLiveness',
        tags: ['health'],
        summary: 'Is the process alive',
        description: 'Always 200 while the process answers; restart it where this fails.',
        querystring: closed({}),
        response: { 200: Live }
      }
    },
    async () => {
      const { db, redis } = await check(LIVE_TIMEOUT_MS)
      return { status: 'ok' as const, db, redis, uptimeSec: uptimeSec() }
    }
  )

  app.get(
    '/ready',
    {
      config: { public: true },
      schema: {
        operationId: 'getReadiness',
        tags: ['health'],
        summary: 'Can the service do its work',
        description: '503 with the dependency that is down and why; send no requests then.',
        querystring: closed({}),
        response: { 200: Ready, 503: Ready }
      }
    },
    async (_request, reply) => {
      const { db, redis, problems } = await check(READY_TIMEOUT_MS)
      const ready = problems.length === 0
      reply.code(ready ? 200 : 503)
      return {
        status: ready ? ('ok' as const) : ('unavailable' as const),
        db,
        redis,
        uptimeSec: uptimeSec(),
        problems
      }
    }
  )
}

export default routes
