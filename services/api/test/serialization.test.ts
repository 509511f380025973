import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { createServer } from '../src/create-server.ts'
import openapi from '../src/plugins/openapi.ts'
import routes from '../src/routes/index.ts'
import { eagerSerializers } from '../src/serialization.ts'

t.test('every described answer has a serializer that can be made', async t => {
  let made = 0
  const app = createServer({ logger: false }, (...schemas) => {
    const compile = eagerSerializers(...schemas)
    return route => {
      made++
      return compile(route)
    }
  }) as FastifyInstance
  t.teardown(() => app.close())
  app.decorate('catalog', {} as never)
  await app.register(openapi)
  await app.register(routes)
  await app.ready()
  t.ok(made > 100)
})

t.test('none is made before it is needed, and one leaves out what is not described', async t => {
  const app = createServer({ logger: false })
  t.teardown(() => app.close())
  const answer = { type: 'object', properties: { known: { type: 'string' } } }
  const broken = { type: 'object', properties: { a: { $ref: 'nobody-has-this#' } } }
  app.get('/good', { schema: { response: { 200: answer } } }, async () => ({
    known: 'a',
    secret: 'b'
  }))
  app.get('/bad', { schema: { response: { 200: broken } } }, async () => ({ a: 1 }))
  await app.ready()
  for (const _ of [1, 2]) t.same((await app.inject('/good')).json(), { known: 'a' })
  t.equal((await app.inject('/bad')).statusCode, 500)
})
