import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import {
  Backup,
  BackupKind,
  BackupState,
  BackupWithManifest,
  NewBackup,
  presentBackup
} from '../schemas/backup.ts'
import { BackupId, closed, Id, PageQuery, pageOf, ref, WaitQuery } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { Run } from '../schemas/run.ts'
import { startRun } from '../start-run.ts'
import { answerWithRun } from '../wait-for-run.ts'

const tags = ['backups']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { backups, sources, repositories } = app.catalog

  app.post(
    '',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'createBackup',
        tags,
        summary: 'Back a source up',
        description:
          'Starts a run. With `wait`, answers 200 with the finished run, whatever its outcome, when it is done in time.',
        querystring: WaitQuery,
        body: NewBackup,
        response: { 200: ref(Run), 202: ref(Run) }
      }
    },
    async (request, reply) => {
      const { sourceId, repositoryId, ...params } = request.body
      await sources.get(sourceId)
      for (const id of [repositoryId, ...(params.copyTo ?? [])]) {
        const repository = await repositories.get(id)
        if (repository.state === 'ready') continue
        throw new AppError(
          'REPOSITORY_NOT_READY',
          `Repository ${repository.name} is ${repository.state}`
        )
      }
      const started = await startRun(app, request, 'backup', { sourceId, repositoryId, params })
      return answerWithRun(app, request, reply, {
        id: started.id,
        wait: request.query.wait
      })
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listBackups',
        tags,
        summary: 'List the backups',
        querystring: closed({
          ...PageQuery,
          sourceId: Type.Optional(Id),
          repositoryId: Type.Optional(Id),
          policyId: Type.Optional(Id),
          kind: Type.Optional(BackupKind),
          state: Type.Optional(BackupState)
        }),
        response: { 200: pageOf(Backup) }
      }
    },
    async request => jsonPage(await backups.list(request.query), presentBackup)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getBackup',
        tags,
        summary: 'Show a backup and its manifest',
        params: Type.Object({ id: BackupId }),
        response: { 200: ref(BackupWithManifest) }
      }
    },
    async request => presentBackup(await backups.get(request.params.id))
  )
}

export default routes
