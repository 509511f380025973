import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PRICES, readPrices } from '../policy-projection.ts'
import { ref } from '../schemas/fields.ts'
import { NewPrices, Prices } from '../schemas/prices.ts'

const tags = ['prices']

const routes: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getPrices',
        tags,
        summary: 'Show the price table',
        description: 'List prices of one region as an example, until somebody puts their own.',
        response: { 200: ref(Prices) }
      }
    },
    () => readPrices(app.catalog)
  )

  app.put(
    '',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'replacePrices',
        tags,
        summary: 'Replace the price table',
        description: 'Storage classes that it lacks cost nothing in projections, which say so.',
        body: NewPrices,
        response: { 200: ref(Prices) }
      }
    },
    async request => {
      await app.catalog.settings.set(PRICES, request.body)
      await request.audit('prices.replace', 'prices', request.body)
      return request.body
    }
  )
}

export default routes
