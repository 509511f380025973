import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { Drill, NewDrill, Outcome, presentDrill } from '../schemas/drill.ts'
import { closed, Id, IdParams, PageQuery, pageOf, ref, WaitQuery } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { Run } from '../schemas/run.ts'
import { startRun } from '../start-run.ts'
import { answerWithRun } from '../wait-for-run.ts'

const tags = ['drills']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { backups, drills, policies } = app.catalog

  app.post(
    '/policies/:id/drills',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'startDrill',
        tags,
        summary: 'Restore a backup to prove that it restores',
        description:
          "As the policy's drill plan says; without one, into a scratch cluster with the basic checks. The run fails where the drill does not pass.",
        params: IdParams,
        querystring: WaitQuery,
        body: NewDrill,
        response: { 200: ref(Run), 202: ref(Run) }
      }
    },
    async (request, reply) => {
      const { id: policyId, sourceId, repositoryId } = await policies.get(request.params.id)
      const { backupId } = request.body
      if (backupId) {
        const backup = await backups.get(backupId)
        if (backup.sourceId !== sourceId)
          throw new AppError('VALIDATION_FAILED', 'body/backupId: is of another source')
        if (backup.state === 'removing' || backup.state === 'removed')
          throw new AppError('BACKUP_REMOVED', `Backup ${backupId} is ${backup.state}`)
      }
      const started = await startRun(app, request, 'drill', {
        policyId,
        sourceId,
        repositoryId,
        params: backupId ? { backupId } : {}
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )

  app.get(
    '/drills',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listDrills',
        tags,
        summary: 'List the drills',
        querystring: closed({
          ...PageQuery,
          policyId: Type.Optional(Id),
          outcome: Type.Optional(Outcome)
        }),
        response: { 200: pageOf(Drill) }
      }
    },
    async request => jsonPage(await drills.list(request.query), presentDrill)
  )

  app.get(
    '/drills/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getDrill',
        tags,
        summary: 'Show a drill that ended',
        params: IdParams,
        response: { 200: ref(Drill) }
      }
    },
    async request => presentDrill(await drills.get(request.params.id))
  )
}

export default routes
