import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { policyFrom } from '../policy-from.ts'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { NewPolicy, Policy, PolicyChange, presentPolicy } from '../schemas/policy.ts'
import { syncSchedules } from '../sync-schedules.ts'

const tags = ['policies']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { policies } = app.catalog

  app.post(
    '',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'createPolicy',
        tags,
        summary: 'Add a policy',
        description: 'Its schedules begin at once; what was due before is not caught up.',
        body: NewPolicy,
        response: { 201: ref(Policy) }
      }
    },
    async (request, reply) => {
      const { name, ...body } = request.body
      const policy = await policies.create({ name, ...(await policyFrom(app, body)) })
      await request.audit('policy.create', `policy:${policy.id}`, { name })
      await syncSchedules(app, request)
      reply.code(201).header('Location', `/v1/policies/${policy.id}`)
      return presentPolicy(policy)
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listPolicies',
        tags,
        summary: 'List the policies',
        querystring: closed(PageQuery),
        response: { 200: pageOf(Policy) }
      }
    },
    async request => jsonPage(await policies.list(request.query), presentPolicy)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getPolicy',
        tags,
        summary: 'Show a policy',
        params: IdParams,
        response: { 200: ref(Policy) }
      }
    },
    async request => presentPolicy(await policies.get(request.params.id))
  )

  app.put(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'replacePolicy',
        tags,
        summary: 'Replace a policy',
        description:
          'All but the name. A schedule whose time is unchanged goes on where it was; another begins at once.',
        params: IdParams,
        body: PolicyChange,
        response: { 200: ref(Policy) }
      }
    },
    async request => {
      const { id } = request.params
      const policy = await policies.update(id, await policyFrom(app, request.body))
      await request.audit('policy.replace', `policy:${id}`, { name: policy.name })
      await syncSchedules(app, request)
      return presentPolicy(policy)
    }
  )

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'deletePolicy',
        tags,
        summary: 'Remove a policy',
        description: 'Its backups stay, and are from then on removed by hand only.',
        params: IdParams,
        response: { 204: Type.Null({ description: 'It is removed' }) }
      }
    },
    async (request, reply) => {
      const { id } = request.params
      const { name } = await policies.get(id)
      await policies.remove(id)
      await request.audit('policy.delete', `policy:${id}`, { name })
      await syncSchedules(app, request)
      return reply.code(204).send(null)
    }
  )

  const described = {
    pause: ['pausePolicy', 'Start nothing by schedule', 'On-demand backups still run.'],
    resume: ['resumePolicy', 'Go on with the schedules', 'What was due meanwhile is not caught up.']
  } as const

  for (const action of ['pause', 'resume'] as const) {
    const [operationId, summary, description] = described[action]
    app.post(
      `/:id/${action}`,
      {
        config: { role: 'operator', idempotent: true },
        schema: {
          operationId,
          tags,
          summary,
          description,
          params: IdParams,
          body: closed({ reason: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) }),
          response: { 200: ref(Policy) }
        }
      },
      async request => {
        const { id } = request.params
        const reason = request.body.reason ?? null
        const pause = action === 'pause'
        const policy = await policies.setPaused(id, pause, pause ? reason : null)
        await request.audit(`policy.${action}`, `policy:${id}`, { reason })
        await syncSchedules(app, request)
        return presentPolicy(policy)
      }
    )
  }
}

export default routes
