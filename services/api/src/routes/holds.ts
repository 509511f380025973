import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { BackupId, closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { Hold, NewHold, presentHold, Release } from '../schemas/hold.ts'
import { jsonPage } from '../schemas/json.ts'

const tags = ['holds']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { holds } = app.catalog

  app.post(
    '/backups/:id/holds',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'holdBackup',
        tags,
        summary: 'Hold a backup',
        description:
          'It stays until the hold ends or an admin releases it, whatever the rules say.',
        params: Type.Object({ id: BackupId }),
        body: NewHold,
        response: { 201: ref(Hold) }
      }
    },
    async (request, reply) => {
      const { holder, reason } = request.body
      const until = request.body.until ? new Date(request.body.until) : null
      if (until && until.getTime() <= Date.now())
        throw new AppError('VALIDATION_FAILED', 'body/until: must be in the future')
      const backupId = request.params.id
      const hold = await holds.place({ backupId, holder, reason, until, createdBy: request.actor })
      await request.audit('hold.place', `backup:${backupId}`, { holdId: hold.id, holder, reason })
      reply.code(201).header('Location', `/v1/holds/${hold.id}`)
      return presentHold(hold)
    }
  )

  app.get(
    '/holds',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listHolds',
        tags,
        summary: 'List the holds',
        querystring: closed({ ...PageQuery, backupId: Type.Optional(BackupId) }),
        response: { 200: pageOf(Hold) }
      }
    },
    async request => jsonPage(await holds.list(request.query), presentHold)
  )

  app.get(
    '/holds/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getHold',
        tags,
        summary: 'Show a hold',
        params: IdParams,
        response: { 200: ref(Hold) }
      }
    },
    async request => presentHold(await holds.get(request.params.id))
  )

  app.post(
    '/holds/:id/release',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'releaseHold',
        tags,
        summary: 'Release a hold',
        description: 'The retention rules decide about the backup again.',
        params: IdParams,
        body: Release,
        response: { 200: ref(Hold) }
      }
    },
    async request => {
      const { id } = request.params
      const { reason } = request.body
      const hold = await holds.release(id, request.actor, reason)
      await request.audit('hold.release', `backup:${hold.backupId}`, { holdId: id, reason })
      return presentHold(hold)
    }
  )
}

export default routes
