import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { closed, Id, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { presentRun, presentRunEvent, Run, RunEvent, RunKind, RunStatus } from '../schemas/run.ts'
import { statusOf } from '../wait-for-run.ts'

const tags = ['runs']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { runs } = app.catalog

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listRuns',
        tags,
        summary: 'List the runs',
        querystring: closed({
          ...PageQuery,
          kind: Type.Optional(RunKind),
          status: Type.Optional(RunStatus),
          sourceId: Type.Optional(Id)
        }),
        response: { 200: pageOf(Run) }
      }
    },
    async request => jsonPage(await runs.list(request.query), presentRun)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRun',
        tags,
        summary: 'Show a run',
        params: IdParams,
        response: { 200: ref(Run) }
      }
    },
    async request => presentRun(await runs.get(request.params.id))
  )

  app.get(
    '/:id/history',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRunHistory',
        tags,
        summary: 'Show what happened to a run, oldest first',
        params: IdParams,
        querystring: closed({
          after: Type.Optional(
            Type.Integer({ minimum: 0, description: 'Only what came after this id' })
          )
        }),
        response: {
          200: Type.Object({ items: Type.Array(ref(RunEvent)) }, { description: 'The history' })
        }
      }
    },
    async request => {
      const { id } = await runs.get(request.params.id)
      const events = await runs.events(id, request.query.after)
      return { items: events.map(presentRunEvent) }
    }
  )

  app.post(
    '/:id/cancel',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'cancelRun',
        tags,
        summary: 'Cancel a run',
        description:
          'A queued run is cancelled at once (200); a running one is asked to stop (202) and shows when it has.',
        params: IdParams,
        response: { 200: ref(Run), 202: ref(Run) }
      }
    },
    async (request, reply) => {
      const run = await runs.requestCancel(request.params.id, request.actor)
      await request.audit('run.cancel', `run:${run.id}`)
      reply.code(statusOf(run))
      return presentRun(run)
    }
  )
}

export default routes
