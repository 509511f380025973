import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { readVerdicts } from '@resguardo/catalog'
import { Type } from 'typebox'
import { DateTime, ref } from '../schemas/fields.ts'
import { presentRun, Run } from '../schemas/run.ts'
import { Finding, Level, PolicyVerdict, presentVerdict } from '../schemas/verdict.ts'

const Status = Type.Object(
  {
    status: Level,
    findings: Type.Array(ref(Finding), { description: 'About the installation itself' }),
    policies: Type.Array(ref(PolicyVerdict)),
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
        summary: 'Say whether all is well, and what is not',
        description: 'One verdict: that of the worst policy, or of the installation itself.',
        response: { 200: Status }
      }
    },
    async () => {
      const now = new Date()
      const [verdicts, newest, running] = await Promise.all([
        readVerdicts(app.catalog, now),
        backups.newest(),
        runs.list({ limit: 100, status: 'running' })
      ])
      const newestBackups = newest.map(({ sourceName: source, finishedAt, ...rest }) => ({
        source,
        ...rest,
        finishedAt: finishedAt.toISOString(),
        ageSeconds: Math.max(0, Math.floor((now.getTime() - finishedAt.getTime()) / 1_000))
      }))
      return {
        status: verdicts.level,
        findings: verdicts.system.findings,
        policies: verdicts.policies.map(verdict => presentVerdict(verdict, now)),
        newestBackups,
        running: running.items.map(presentRun)
      }
    }
  )
}

export default routes
