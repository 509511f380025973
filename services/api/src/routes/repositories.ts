import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { settingsOf } from '@resguardo/storage/settings'
import { Type } from 'typebox'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import {
  NewRepository,
  ProbedRepository,
  presentRepository,
  Repository,
  RepositoryChange
} from '../schemas/repository.ts'
import { secretOf } from '../schemas/secret.ts'
import { settingsInBody } from '../settings-in-body.ts'
import { startRun } from '../start-run.ts'

const tags = ['repositories']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { repositories } = app.catalog

  app.post(
    '',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'createRepository',
        tags,
        summary: 'Add a repository',
        description: 'It is `pending` until its probe run has checked and initialised it.',
        body: NewRepository,
        response: { 201: ref(ProbedRepository) }
      }
    },
    async (request, reply) => {
      const { kind, name, settings, recipients } = request.body
      const secret = request.body.kind === 's3' ? accessSecret(request.body) : {}
      const input = { kind, name, settings, recipients, ...secret }
      const repository = await repositories.create(input)
      await request.audit('repository.create', `repository:${repository.id}`, { name })
      const run = await startRun(app, request, 'probe', { repositoryId: repository.id })
      reply.code(201).header('Location', `/v1/repositories/${repository.id}`)
      return { ...presentRepository(repository), probeRunId: run.id }
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listRepositories',
        tags,
        summary: 'List the repositories',
        querystring: closed(PageQuery),
        response: { 200: pageOf(Repository) }
      }
    },
    async request => jsonPage(await repositories.list(request.query), presentRepository)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getRepository',
        tags,
        summary: 'Show a repository',
        params: IdParams,
        response: { 200: ref(Repository) }
      }
    },
    async request => presentRepository(await repositories.get(request.params.id))
  )

  app.patch(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeRepository',
        tags,
        summary: 'Change settings, secret or recipients of a repository',
        description:
          'Given settings replace all of the old ones. It is `pending` again until its new probe run is done.',
        params: IdParams,
        body: RepositoryChange,
        response: { 200: ref(ProbedRepository) }
      }
    },
    async request => {
      const { id } = request.params
      const { settings, recipients } = request.body
      const secret = accessSecret(request.body)
      const { kind } = await repositories.get(id)
      const repository = await repositories.update(id, {
        ...(settings && { settings: settingsInBody(settingsOf[kind], settings) }),
        ...(recipients && { recipients }),
        ...secret
      })
      await request.audit('repository.change', `repository:${id}`, {
        fields: Object.keys(request.body)
      })
      const run = await startRun(app, request, 'probe', { repositoryId: id })
      return { ...presentRepository(repository), probeRunId: run.id }
    }
  )

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'deleteRepository',
        tags,
        summary: 'Forget a repository',
        description:
          'What is stored there stays. Refused while backups or unfinished runs refer to it.',
        params: IdParams,
        response: { 204: Type.Null({ description: 'It is forgotten' }) }
      }
    },
    async (request, reply) => {
      const { id } = request.params
      await repositories.remove(id)
      await request.audit('repository.delete', `repository:${id}`)
      return reply.code(204).send(null)
    }
  )
}

export default routes

interface AccessSecret {
  secretAccessKey?: string
  secretAccessKeyEnv?: string
  secretAccessKeyFile?: string
}

function accessSecret(body: AccessSecret) {
  const { secretAccessKey: value, secretAccessKeyEnv: env, secretAccessKeyFile: file } = body
  return secretOf('secretAccessKey', { value, env, file })
}
