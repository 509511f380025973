import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { closed, IdParams, PageQuery, pageOf, ref, WaitQuery } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import {
  NewRestore,
  presentRestore,
  presentRestoreWithRun,
  Restore,
  RestoreWithRun
} from '../schemas/restore.ts'
import { Run } from '../schemas/run.ts'
import { newRun, startRunOnce } from '../start-run.ts'
import { answerWithRun, statusOf, waitForRun } from '../wait-for-run.ts'

const tags = ['restores']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { backups, keptDatabases, restores, runs, sources } = app.catalog

  app.post(
    '',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'createRestore',
        tags,
        summary: 'Restore a backup, or plan it',
        description:
          'Restores into a new database; with `dryRun` only the plan is made. With `wait`, answers 200 with the finished restore, whatever its outcome, when it is done in time.',
        querystring: WaitQuery,
        body: NewRestore,
        response: { 200: ref(RestoreWithRun), 202: ref(RestoreWithRun) }
      }
    },
    async (request, reply) => {
      const { backupId, target, dryRun, options } = request.body
      const { sourceId, repositoryId, state } = await backups.get(backupId)
      if (state === 'removing' || state === 'removed')
        throw new AppError('BACKUP_REMOVED', `Backup ${backupId} is ${state}`)
      if (state === 'damaged' && !request.body.allowDamaged)
        throw new AppError('BACKUP_DAMAGED', `Backup ${backupId} is damaged`)
      const { id: targetSourceId } = await sources.get(target.sourceId ?? sourceId)
      const { restore, run } = await restores.create(
        { backupId, targetSourceId, targetDatabase: target.database, dryRun, options },
        { ...newRun(request, 'restore'), sourceId: targetSourceId, repositoryId }
      )
      const { id } = restore
      const detail = { backupId, targetSourceId, targetDatabase: target.database, dryRun }
      await request.audit('restore.request', `restore:${id}`, detail)
      await request.enqueue(run)
      const waited = await waitForRun(app, request, run.id, request.query.wait)
      reply.code(statusOf(waited)).header('Location', `/v1/restores/${id}`)
      return presentRestoreWithRun(await restores.get(id), waited)
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listRestores',
        tags,
        summary: 'List the restores',
        querystring: closed(PageQuery),
        response: { 200: pageOf(Restore) }
      }
    },
    async request => jsonPage(await restores.list(request.query), presentRestore)
  )

  app.post(
    '/:id/undo',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'undoRestore',
        tags,
        summary: 'Reverse a swap',
        description:
          'Gives the database that the restore replaced its name back. The restored one is kept under a dated name.',
        params: IdParams,
        querystring: WaitQuery,
        response: { 200: ref(Run), 202: ref(Run) }
      }
    },
    async (request, reply) => {
      const { restoreId, state, targetSourceId } = await keptDatabases.get(request.params.id)
      if (state !== 'kept')
        throw new AppError('RESTORE_NOT_UNDOABLE', `The database that it replaced is ${state}`)
      const started = await startRunOnce(app, request, 'undo', {
        restoreId,
        sourceId: targetSourceId
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRestore',
        tags,
        summary: 'Show a restore, its plan, result and run',
        params: IdParams,
        response: { 200: ref(RestoreWithRun) }
      }
    },
    async request => {
      const restore = await restores.get(request.params.id)
      return presentRestoreWithRun(restore, await runs.get(restore.runId))
    }
  )
}

export default routes
