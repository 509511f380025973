import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { closed, PageQuery, pageOf } from '../schemas/fields.ts'
import { Incident, presentIncident } from '../schemas/incident.ts'
import { jsonPage } from '../schemas/json.ts'

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listIncidents',
        tags: ['incidents'],
        summary: 'List the incidents',
        description: 'Channels are told once when one opens and once when it is over.',
        querystring: closed({
          ...PageQuery,
          open: Type.Optional(
            Type.Boolean({ description: 'Only those that are open, or only those that are over' })
          )
        }),
        response: { 200: pageOf(Incident) }
      }
    },
    async request => jsonPage(await app.catalog.incidents.list(request.query), presentIncident)
  )
}

export default routes
