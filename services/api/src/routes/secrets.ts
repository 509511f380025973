import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import {
  NewRegisteredSecret,
  presentRegisteredSecret,
  RegisteredSecret,
  RegisteredSecretChange,
  Rotation
} from '../schemas/registered-secret.ts'

const tags = ['secrets']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { secrets } = app.catalog

  app.post(
    '',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'registerSecret',
        tags,
        summary: 'Register a secret',
        description:
          'Names and dates only, never the secret itself. Status, metrics and channels tell when it is due.',
        body: NewRegisteredSecret,
        response: { 201: ref(RegisteredSecret) }
      }
    },
    async (request, reply) => {
      const { note = '', rotatedAt, ...entry } = request.body
      const now = new Date()
      const dates = { rotatedAt: pastDate('rotatedAt', rotatedAt, now) }
      const secret = await secrets.create({ ...entry, note, ...dates })
      await request.audit('secret.register', `secret:${secret.id}`, { name: secret.name })
      reply.code(201).header('Location', `/v1/secrets/${secret.id}`)
      return presentRegisteredSecret(now)(secret)
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listRegisteredSecrets',
        tags,
        summary: 'List the register of secrets',
        description: 'That it was read stands in the audit log.',
        querystring: closed(PageQuery),
        response: { 200: pageOf(RegisteredSecret) }
      }
    },
    async request => {
      await request.audit('secret.list', 'secrets')
      return jsonPage(await secrets.list(request.query), presentRegisteredSecret(new Date()))
    }
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRegisteredSecret',
        tags,
        summary: 'Show an entry of the register of secrets',
        description: 'That it was read stands in the audit log.',
        params: IdParams,
        response: { 200: ref(RegisteredSecret) }
      }
    },
    async request => {
      const secret = await secrets.get(request.params.id)
      await request.audit('secret.read', `secret:${secret.id}`)
      return presentRegisteredSecret(new Date())(secret)
    }
  )

  app.patch(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeRegisteredSecret',
        tags,
        summary: 'Change an entry of the register of secrets',
        description: 'Fields that are not given stay as they are. The name never changes.',
        params: IdParams,
        body: RegisteredSecretChange,
        response: { 200: ref(RegisteredSecret) }
      }
    },
    async request => {
      const { id } = request.params
      const secret = await secrets.update(id, request.body)
      await request.audit('secret.change', `secret:${id}`, { fields: Object.keys(request.body) })
      return presentRegisteredSecret(new Date())(secret)
    }
  )

  app.post(
    '/:id/rotated',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'markSecretRotated',
        tags,
        summary: 'Note that a secret was replaced',
        description: 'The time until it is due begins again.',
        params: IdParams,
        body: Rotation,
        response: { 200: ref(RegisteredSecret) }
      }
    },
    async request => {
      const { id } = request.params
      const now = new Date()
      const rotatedAt = pastDate('at', request.body.at, now)
      const secret = await secrets.update(id, { rotatedAt })
      await request.audit('secret.rotated', `secret:${id}`, { at: rotatedAt.toISOString() })
      return presentRegisteredSecret(now)(secret)
    }
  )

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'deleteRegisteredSecret',
        tags,
        summary: 'Remove an entry from the register of secrets',
        description: 'Nothing tells any more when the secret is due.',
        params: IdParams,
        response: { 204: Type.Null({ description: 'It is gone' }) }
      }
    },
    async (request, reply) => {
      const { id } = request.params
      const { name } = await secrets.get(id)
      await secrets.remove(id)
      await request.audit('secret.delete', `secret:${id}`, { name })
      return reply.code(204).send(null)
    }
  )
}

export default routes

/** @throws VALIDATION_FAILED, naming the field, where the date is later than `now` */
function pastDate(field: string, given: string | undefined, now: Date): Date {
  const at = given === undefined ? now : new Date(given)
  if (at.getTime() <= now.getTime()) return at
  throw new AppError('VALIDATION_FAILED', `body/${field}: must not be in the future`)
}
