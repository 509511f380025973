import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { periodReport, reportHtml } from '@resguardo/drills/report'
import { AppError } from '@resguardo/shared'
import { Type } from 'typebox'
import { documentPolicy } from '../plugins/security.ts'
import { jsonOrHtml } from '../schemas/content.ts'
import { closed } from '../schemas/fields.ts'

const DAY_MS = 86_400_000

const routes: FastifyPluginAsyncTypebox = async app => {
  const { drills, policies } = app.catalog

  app.get(
    '/drills',
    {
      config: { role: 'viewer', browser: true, helmet: documentPolicy },
      schema: {
        operationId: 'reportDrills',
        tags: ['evidence'],
        summary: 'Report on the drills of a period',
        description:
          'Which policies were proven when, overdue ones, pass rate, restore times; JSON, or a page to print with `Accept: text/html`.',
        querystring: closed({
          from: Type.Optional(
            Type.String({ format: 'date-time', description: 'Default: 90 days before `to`' })
          ),
          to: Type.Optional(Type.String({ format: 'date-time', description: 'Default: now' }))
        }),
        response: jsonOrHtml('The report')
      }
    },
    async (request, reply) => {
      const now = new Date()
      const to = timeOf(request.query, 'to') ?? now
      const from = timeOf(request.query, 'from') ?? new Date(to.getTime() - 90 * DAY_MS)
      if (from >= to) throw new AppError('VALIDATION_FAILED', 'querystring/from: must be before to')
      const [all, found] = await Promise.all([policies.all(), drills.between(from, to)])
      const report = periodReport({
        from,
        to,
        now,
        policies: all.map(({ id, name, spec }) => ({
          id,
          name,
          drillDays: spec.objectives.drillDays ?? null,
          rtoObjectiveSeconds: spec.objectives.rtoMinutes * 60
        })),
        drills: found
      })
      await request.audit('report.read', 'report:drills')
      const html = request.headers.accept?.includes('text/html')
      return reply
        .type(html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8')
        .header('Vary', 'Accept')
        .send(Buffer.from(html ? reportHtml(report) : JSON.stringify(report)))
    }
  )
}

/** The format of JSON Schema takes leap seconds and hour 24, which no Date has. @throws VALIDATION_FAILED */
function timeOf(query: { from?: string; to?: string }, name: 'from' | 'to'): Date | undefined {
  const text = query[name]
  if (text === undefined) return undefined
  const time = new Date(text)
  if (Number.isNaN(time.getTime()))
    throw new AppError('VALIDATION_FAILED', `querystring/${name}: is not a time that can be told`)
  return time
}

export default routes
