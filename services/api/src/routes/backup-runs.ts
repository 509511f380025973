import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { BackupId, closed, Id, ref, WaitQuery } from '../schemas/fields.ts'
import { Run } from '../schemas/run.ts'
import { startRunOnce } from '../start-run.ts'
import { answerWithRun } from '../wait-for-run.ts'

const tags = ['backups']
const params = Type.Object({ id: BackupId })
const response = { 200: ref(Run), 202: ref(Run) }

const routes: FastifyPluginAsyncTypebox = async app => {
  const { backups, repositories } = app.catalog

  /** @throws BACKUP_REMOVED where its objects are going or gone */
  const usable = async (id: string) => {
    const backup = await backups.get(id)
    if (backup.state === 'removing' || backup.state === 'removed')
      throw new AppError('BACKUP_REMOVED', `Backup ${id} is ${backup.state}`)
    return backup
  }

  app.post(
    '/:id/verify',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'verifyBackup',
        tags,
        summary: 'Read every stored byte again',
        description:
          'Compares size and SHA-256 of every object with the manifest; `deep` also decrypts. A backup that does not fit is marked damaged.',
        params,
        querystring: WaitQuery,
        body: closed({
          deep: Type.Boolean({
            default: false,
            description: 'Decrypt too; needs the age identity'
          }),
          rateLimitBytesPerSecond: Type.Optional(
            Type.Integer({ minimum: 65_536, description: 'Bytes read a second at most' })
          )
        }),
        response
      }
    },
    async (request, reply) => {
      const { id: backupId, sourceId, repositoryId } = await usable(request.params.id)
      const { deep, ...options } = request.body
      const started = await startRunOnce(app, request, deep ? 'deep-verify' : 'verify', {
        backupId,
        sourceId,
        repositoryId,
        params: options
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )

  app.post(
    '/:id/copies',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'copyBackup',
        tags,
        summary: 'Copy a backup to another repository',
        description:
          'The same encrypted objects under a manifest of their own: the identities that open the first open the copy.',
        params,
        querystring: WaitQuery,
        body: closed({ repositoryId: Id }),
        response
      }
    },
    async (request, reply) => {
      const backup = await usable(request.params.id)
      const { id: repositoryId, name, state } = await repositories.get(request.body.repositoryId)
      if (state !== 'ready')
        throw new AppError('REPOSITORY_NOT_READY', `Repository ${name} is ${state}`)
      if (repositoryId === backup.repositoryId)
        throw new AppError('VALIDATION_FAILED', 'The backup is in this repository already')
      const copies = await backups.list({ copyOf: backup.id, repositoryId, limit: 100 })
      const good = copies.items.find(copy => copy.state === 'available')
      if (good) throw new AppError('RUN_EXISTS', `Copied to ${name} already: ${good.id}`)
      const started = await startRunOnce(app, request, 'copy', {
        sourceId: backup.sourceId,
        repositoryId,
        params: { backupId: backup.id }
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )

  app.post(
    '/:id/rekey',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'rekeyBackup',
        tags,
        summary: 'Encrypt a backup anew',
        description:
          "Makes a new backup of the same data for the repository's present recipients; the old one stays until it is removed. Needs the age identity that opens the old one.",
        params,
        querystring: WaitQuery,
        body: closed({}),
        response
      }
    },
    async (request, reply) => {
      const { id: backupId, sourceId, repositoryId, policyId } = await usable(request.params.id)
      const started = await startRunOnce(app, request, 'rekey', {
        sourceId,
        repositoryId,
        ...(policyId ? { policyId } : {}),
        params: { backupId }
      })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )
}

export default routes
