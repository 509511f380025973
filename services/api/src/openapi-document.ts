import { createServer } from './create-server.ts'
import openapi from './plugins/openapi.ts'
import routes from './routes/index.ts'

/** The OpenAPI document, made without a catalog or Redis. */
export async function openapiDocument(): Promise<object> {
  const app = createServer({ logger: false })
  app.decorate('catalog', {} as never)
  await app.register(openapi)
  await app.register(routes)
  await app.ready()
  return app.swagger()
}
