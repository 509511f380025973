import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { browserPage } from './security.ts'

/** `/docs`: the OpenAPI document, readable (`/docs/json` as it is). */
export default fp(
  async app => {
    await app.register(async scope => {
      scope.addHook('onRoute', browserPage)
      await scope.register(swaggerUi, {
        routePrefix: '/docs',
        uiConfig: { docExpansion: 'list', persistAuthorization: false, validatorUrl: null }
      })
    })
  },
  { name: 'docs', dependencies: ['openapi', 'authentication'] }
)
