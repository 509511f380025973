import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { policyLifecycle, policyRetention, readVerdicts } from '@resguardo/catalog'
import { upcoming } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { costOf } from '../policy-projection.ts'
import { closed, IdParams, ref } from '../schemas/fields.ts'
import {
  CostProjection,
  LifecyclePlan,
  RetentionPreview,
  Upcoming
} from '../schemas/policy-views.ts'
import { PolicyVerdict, presentVerdict } from '../schemas/verdict.ts'

const tags = ['policies']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { policies } = app.catalog

  app.get(
    '/:id/status',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getPolicyStatus',
        tags,
        summary: 'Say whether all is well with a policy',
        params: IdParams,
        response: { 200: ref(PolicyVerdict) }
      }
    },
    async request => {
      const { id } = await policies.get(request.params.id)
      const now = new Date()
      const verdicts = await readVerdicts(app.catalog, now)
      const verdict = verdicts.policies.find(({ policy }) => policy.id === id)
      if (!verdict) throw new AppError('POLICY_NOT_FOUND', `Policy ${id} does not exist`)
      return presentVerdict(verdict, now)
    }
  )

  app.get(
    '/:id/upcoming',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listUpcoming',
        tags,
        summary: 'List the next backups',
        description: 'Without jitter; what falls into a maintenance window stands at its end.',
        params: IdParams,
        querystring: closed({ limit: Type.Integer({ minimum: 1, maximum: 100, default: 10 }) }),
        response: { 200: ref(Upcoming) }
      }
    },
    async request => {
      const { spec, paused } = await policies.get(request.params.id)
      const next = paused ? [] : upcoming(spec, new Date(), request.query.limit)
      return { items: next.map(({ schedule, at }) => ({ schedule, at: at.toISOString() })) }
    }
  )

  app.get(
    '/:id/retention',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'previewRetention',
        tags,
        summary: 'Show what retention would remove, and why',
        description:
          'Nothing is changed. `at` shows a later day, as if nothing was backed up until then.',
        params: IdParams,
        querystring: closed({
          at: Type.Optional(Type.String({ format: 'date-time', description: 'Default: now' }))
        }),
        response: { 200: ref(RetentionPreview) }
      }
    },
    async request => {
      const policy = await policies.get(request.params.id)
      const now = request.query.at ? new Date(request.query.at) : new Date()
      const decisions = await policyRetention(app.catalog, policy, now)
      const count = (action: string) => decisions.filter(one => one.action === action).length
      return {
        keep: count('keep'),
        blocked: count('blocked'),
        remove: count('remove'),
        items: decisions.map(({ id, action, reasons, backup }) => {
          const { repositoryId, at, storedBytes } = backup
          return { id, repositoryId, at: at.toISOString(), storedBytes, action, reasons }
        })
      }
    }
  )

  app.get(
    '/:id/lifecycle',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getLifecycle',
        tags,
        summary: 'Show the S3 lifecycle rules that fit, and conflicts',
        description: 'POST puts them on the bucket.',
        params: IdParams,
        response: { 200: ref(LifecyclePlan) }
      }
    },
    async request => {
      const found = await policyLifecycle(
        app.catalog,
        await policies.get(request.params.id),
        new Date()
      )
      if (!found) return { bucket: null, rules: [], conflicts: [] }
      return { ...found, rules: found.rules.map(rule => ({ ...rule })) }
    }
  )

  app.get(
    '/:id/cost',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'projectCost',
        tags,
        summary: 'Project what the stored bytes will cost',
        description:
          'From the size of the newest backup, the schedules, the retention rules, the tiers and the price table at /v1/prices.',
        params: IdParams,
        querystring: closed({ months: Type.Integer({ minimum: 1, maximum: 36, default: 12 }) }),
        response: { 200: ref(CostProjection) }
      }
    },
    async request => {
      const policy = await policies.get(request.params.id)
      return costOf(app.catalog, policy, { months: request.query.months, now: new Date() })
    }
  )
}

export default routes
