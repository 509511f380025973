import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RemovalObstacle } from '@resguardo/catalog'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { BackupId, closed, ref, WaitQuery } from '../schemas/fields.ts'
import { Run } from '../schemas/run.ts'
import { startRunOnce } from '../start-run.ts'
import { answerWithRun } from '../wait-for-run.ts'

const obstacles: Record<RemovalObstacle, string> = {
  hold: 'it is on hold',
  locked: 'object lock protects it',
  'keep-until': 'it was made to be kept for longer',
  'in-use': 'a run reads or writes it',
  'last-good': 'it is the last good backup of its source there'
}

const routes: FastifyPluginAsyncTypebox = async app => {
  const { backups } = app.catalog

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'removeBackup',
        tags: ['backups'],
        summary: 'Remove a backup by hand',
        description:
          'Refused for the last good backup of a source in its repository, and while it is on hold, locked or in use.',
        params: Type.Object({ id: BackupId }),
        querystring: closed({
          ...WaitQuery.properties,
          reason: Type.String({ minLength: 1, maxLength: 500, description: 'For the audit log' })
        }),
        response: { 200: ref(Run), 202: ref(Run) }
      }
    },
    async (request, reply) => {
      const { reason } = request.query
      const {
        id: backupId,
        sourceId,
        repositoryId,
        policyId
      } = await backups.get(request.params.id)
      const removal = { reasons: [reason], by: request.actor }
      const obstacle = await backups.markRemoving(backupId, removal)
      if (obstacle)
        throw new AppError(
          'BACKUP_PROTECTED',
          `Backup ${backupId} is not removed: ${obstacles[obstacle]}`
        )
      await request.audit('backup.remove', `backup:${backupId}`, { reason })
      const started = await startRunOnce(app, request, 'remove', {
        backupId,
        sourceId,
        repositoryId,
        ...(policyId ? { policyId } : {})
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )
}

export default routes
