import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { IdParams, ref, WaitQuery } from '../schemas/fields.ts'
import { Run } from '../schemas/run.ts'
import { startRunOnce } from '../start-run.ts'
import { answerWithRun } from '../wait-for-run.ts'

const described = {
  probe: [
    'probeRepository',
    'Check a repository',
    'Writes, reads and deletes a test object, and initialises an empty repository.'
  ],
  scan: [
    'scanRepository',
    'Rebuild the catalog from a repository',
    'Reads every manifest and records the backups that the catalog does not know.'
  ],
  tidy: [
    'tidyRepository',
    'Remove what was never finished',
    'Stale uploads and objects of backups without a manifest, older than a day; and kept databases whose time is over. Done daily by itself.'
  ]
} as const

const routes: FastifyPluginAsyncTypebox = async app => {
  const { repositories } = app.catalog

  for (const kind of ['probe', 'scan', 'tidy'] as const) {
    const [operationId, summary, description] = described[kind]
    app.post(
      `/:id/${kind}`,
      {
        config: { role: 'operator', idempotent: true },
        schema: {
          operationId,
          tags: ['repositories'],
          summary,
          description,
          params: IdParams,
          querystring: WaitQuery,
          response: { 200: ref(Run), 202: ref(Run) }
        }
      },
      async (request, reply) => {
        const { id: repositoryId } = await repositories.get(request.params.id)
        const started = await startRunOnce(app, request, kind, { repositoryId })
        return answerWithRun(app, request, reply, {
          id: started.id,
          wait: request.query.wait
        })
      }
    )
  }
}

export default routes
