import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppError } from '@resguardo/shared'
import { settingsOf } from '@resguardo/storage/settings'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { closed, IdParams, PageQuery, pageOf, ref, WaitQuery } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import {
  NewRepository,
  ProbedRepository,
  presentRepository,
  Repository,
  RepositoryChange
} from '../schemas/repository.ts'
import { presentRun, Run } from '../schemas/run.ts'
import { secretOf } from '../schemas/secret.ts'
import { startRun } from '../start-run.ts'
import { statusOf, waitForRun } from '../wait-for-run.ts'

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
      if (settings) requireSettingsOf(kind, settings)
      const repository = await repositories.update(id, {
        ...(settings && { settings }),
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

  const runRoutes = {
    probe: [
      'probeRepository',
      'Check a repository',
      'Writes, reads and deletes a test object, and initialises an empty repository.'
    ],
    scan: [
      'scanRepository',
      'Rebuild the catalog from a repository',
      'Reads every manifest and records the backups that the catalog does not know.'
    ]
  } as const
  for (const kind of ['probe', 'scan'] as const) {
    const [operationId, summary, description] = runRoutes[kind]
    app.post(
      `/:id/${kind}`,
      {
        config: { role: 'operator', idempotent: true },
        schema: {
          operationId,
          tags,
          summary,
          description,
          params: IdParams,
          querystring: WaitQuery,
          response: { 200: ref(Run), 202: ref(Run) }
        }
      },
      async (request, reply) => {
        const { id: repositoryId } = await repositories.get(request.params.id)
        const started = await startRun(app, request, kind, { repositoryId })
        const run = await waitForRun(app, request, started.id, request.query.wait)
        reply.code(statusOf(run)).header('Location', `/v1/runs/${run.id}`)
        return presentRun(run)
      }
    )
  }
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

function requireSettingsOf(kind: keyof typeof settingsOf, settings: Record<string, unknown>) {
  if (Value.Check(settingsOf[kind], settings)) return
  const [first] = Value.Errors(settingsOf[kind], settings)
  const where = `body/settings${first?.instancePath ?? ''}`
  throw new AppError(
    'VALIDATION_FAILED',
    `Not valid for kind ${kind}: ${where} ${first?.message ?? ''}`
  )
}
