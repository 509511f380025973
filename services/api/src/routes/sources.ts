import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { secretOf } from '../schemas/secret.ts'
import { NewSource, presentSource, Source, SourceChange } from '../schemas/source.ts'

const tags = ['sources']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { sources } = app.catalog

  app.post(
    '',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'createSource',
        tags,
        summary: 'Add a source',
        description: 'Nothing is connected to yet. The password is sealed and never shown again.',
        body: NewSource,
        response: { 201: ref(Source) }
      }
    },
    async (request, reply) => {
      const { password, passwordEnv, passwordFile, ...rest } = request.body
      const secret = secretOf('password', { value: password, env: passwordEnv, file: passwordFile })
      const { name, kind = 'postgresql', ...connection } = rest
      const source = await sources.create({ name, kind, connection, ...secret })
      await request.audit('source.create', `source:${source.id}`, { name })
      reply.code(201).header('Location', `/v1/sources/${source.id}`)
      return presentSource(source)
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listSources',
        tags,
        summary: 'List the sources',
        querystring: closed(PageQuery),
        response: { 200: pageOf(Source) }
      }
    },
    async request => jsonPage(await sources.list(request.query), presentSource)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getSource',
        tags,
        summary: 'Show a source',
        params: IdParams,
        response: { 200: ref(Source) }
      }
    },
    async request => presentSource(await sources.get(request.params.id))
  )

  app.patch(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeSource',
        tags,
        summary: 'Change connection or password of a source',
        description: 'Fields that are not given stay as they are. The name never changes.',
        params: IdParams,
        body: SourceChange,
        response: { 200: ref(Source) }
      }
    },
    async request => {
      const { id } = request.params
      const { password, passwordEnv, passwordFile, ...rest } = request.body
      const secret = secretOf('password', { value: password, env: passwordEnv, file: passwordFile })
      const { connection } = await sources.get(id)
      const changed = { ...connection, ...rest }
      const source = await sources.update(id, { connection: changed, ...secret })
      await request.audit('source.change', `source:${id}`, { fields: Object.keys(request.body) })
      return presentSource(source)
    }
  )

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'deleteSource',
        tags,
        summary: 'Remove a source',
        description: 'Refused while policies, backups, restores or unfinished runs refer to it.',
        params: IdParams,
        response: { 204: Type.Null({ description: 'It is gone' }) }
      }
    },
    async (request, reply) => {
      const { id } = request.params
      await sources.remove(id)
      await request.audit('source.delete', `source:${id}`)
      return reply.code(204).send(null)
    }
  )
}

export default routes
