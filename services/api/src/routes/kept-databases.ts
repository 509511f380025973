import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { closed, PageQuery, pageOf } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { KeptDatabase, presentKept } from '../schemas/kept-database.ts'

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listKeptDatabases',
        tags: ['restores'],
        summary: 'List the databases that swaps replaced',
        description: 'They are dropped when their time is over; until then `undo` puts them back.',
        querystring: closed(PageQuery),
        response: { 200: pageOf(KeptDatabase) }
      }
    },
    async request => jsonPage(await app.catalog.keptDatabases.list(request.query), presentKept)
  )
}

export default routes
