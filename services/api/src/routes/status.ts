import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { DateTime, ref } from '../schemas/fields.ts'
import { presentRun, Run } from '../schemas/run.ts'

const Status = Type.Object(
  {
    newestBackups: Type.Array(
      Type.Object({
        source: Type.String({ description: 'Name of the source' }),
        kind: Type.String(),
        finishedAt: DateTime,
        ageSeconds: Type.Integer(),
        storedBytes: Type.Integer()
      }),
      { description: 'Of each source and kind; a source that never was backed up is not here' }
    ),
    running: Type.Array(ref(Run), { description: 'At most 100' })
  },
  { description: 'How things stand' }
)

const routes: FastifyPluginAsyncTypebox = async app => {
  const { backups, runs } = app.catalog

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getStatus',
        tags: ['status'],
        summary: 'Show backup ages and what runs now',
        response: { 200: Status }
      }
    },
    async () => {
      const [newest, running] = await Promise.all([
        backups.newest(),
        runs.list({ limit: 100, status: 'running' })
      ])
      const newestBackups = newest.map(({ sourceName: source, finishedAt, ...rest }) => ({
        source,
        ...rest,
        finishedAt: finishedAt.toISOString(),
        ageSeconds: Math.max(0, Math.floor((Date.now() - finishedAt.getTime()) / 1_000))
      }))
      return { newestBackups, running: running.items.map(presentRun) }
    }
  )
}

export default routes
