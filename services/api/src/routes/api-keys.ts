import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { ApiKey, CreatedApiKey, NewApiKey } from '../schemas/api-key.ts'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { json, jsonPage } from '../schemas/json.ts'

const tags = ['api-keys']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { apiKeys } = app.catalog

  app.post(
    '',
    {
      config: { role: 'admin', idempotent: { once: ['key'] } },
      schema: {
        operationId: 'createApiKey',
        tags,
        summary: 'Create a key',
        description: 'The key stands in this answer only.',
        body: NewApiKey,
        response: { 201: ref(CreatedApiKey) }
      }
    },
    async (request, reply) => {
      const { name, role, expiresAt } = request.body
      const expires = expiresAt === undefined ? undefined : new Date(expiresAt)
      if (expires && expires.getTime() <= Date.now()) {
        throw new AppError('VALIDATION_FAILED', 'body/expiresAt lies in the past')
      }
      const { apiKey, key } = await apiKeys.create({
        name,
        role,
        ...(expires && { expiresAt: expires })
      })
      await request.audit('api-key.create', `api-key:${apiKey.id}`, { name, role })
      reply.code(201).header('Location', `/v1/api-keys/${apiKey.id}`)
      return { ...json(apiKey), key }
    }
  )

  app.get(
    '',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'listApiKeys',
        tags,
        summary: 'List the keys',
        querystring: closed(PageQuery),
        response: { 200: pageOf(ApiKey) }
      }
    },
    async request => {
      await request.audit('api-key.list', 'api-keys')
      return jsonPage(await apiKeys.list(request.query), item => json(item))
    }
  )

  app.get(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'getApiKey',
        tags,
        summary: 'Show a key, without the key itself',
        params: IdParams,
        response: { 200: ref(ApiKey) }
      }
    },
    async request => json(await apiKeys.get(request.params.id))
  )

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'revokeApiKey',
        tags,
        summary: 'Revoke a key',
        description: 'It stops working at once and stays in the list.',
        params: IdParams,
        response: { 200: ref(ApiKey) }
      }
    },
    async request => {
      const apiKey = await apiKeys.revoke(request.params.id)
      await request.audit('api-key.revoke', `api-key:${apiKey.id}`, { name: apiKey.name })
      return json(apiKey)
    }
  )
}

export default routes
