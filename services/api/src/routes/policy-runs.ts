import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { policyBackupParams } from '@resguardo/domain'
import { NewPolicyBackup } from '../schemas/backup.ts'
import { IdParams, ref, WaitQuery } from '../schemas/fields.ts'
import { Run } from '../schemas/run.ts'
import { startRun, startRunOnce } from '../start-run.ts'
import { answerWithRun } from '../wait-for-run.ts'

const tags = ['policies']
const response = { 200: ref(Run), 202: ref(Run) }

const routes: FastifyPluginAsyncTypebox = async app => {
  const { policies } = app.catalog

  app.post(
    '/:id/backups',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'backUpNow',
        tags,
        summary: 'Back up now, as the policy says',
        description:
          'For deploy pipelines: with `wait`, answers 200 with the finished run, whatever its outcome, when it is done in time. Also while the policy is paused or in a maintenance window.',
        params: IdParams,
        querystring: WaitQuery,
        body: NewPolicyBackup,
        response
      }
    },
    async (request, reply) => {
      const policy = await policies.get(request.params.id)
      const started = await startRun(app, request, 'backup', {
        sourceId: policy.sourceId,
        repositoryId: policy.repositoryId,
        policyId: policy.id,
        params: policyBackupParams(policy, request.body)
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )

  const described = {
    retention: [
      'applyRetention',
      'Remove what the rules let go',
      'What it would remove is shown by GET. Done daily by itself.'
    ],
    lifecycle: [
      'applyLifecycle',
      "Put the policy's lifecycle rules on its bucket",
      'Rules of others stay as they are.'
    ]
  } as const

  for (const kind of ['retention', 'lifecycle'] as const) {
    const [operationId, summary, description] = described[kind]
    app.post(
      `/:id/${kind}`,
      {
        config: { role: 'admin', idempotent: true },
        schema: {
          operationId,
          tags,
          summary,
          description,
          params: IdParams,
          querystring: WaitQuery,
          response
        }
      },
      async (request, reply) => {
        const { id: policyId, sourceId, repositoryId } = await policies.get(request.params.id)
        const started = await startRunOnce(app, request, kind, { policyId, sourceId, repositoryId })
        return answerWithRun(app, request, reply, {
          id: started.id,
          wait: request.query.wait
        })
      }
    )
  }
}

export default routes
