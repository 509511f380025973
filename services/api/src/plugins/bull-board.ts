import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { browserPage } from './security.ts'

/** `/queues`: Bull Board. Viewers look; what changes a queue needs an operator and is audited. */
export default fp(
  async app => {
    const serverAdapter = new FastifyAdapter()
    createBullBoard({
      queues: app.queues.all.map(queue => new BullMQAdapter(queue)),
      serverAdapter,
      options: { uiConfig: { boardTitle: 'Resguardo queues' } }
    })
    serverAdapter.setBasePath('/queues')
    await app.register(
      async scope => {
        scope.addHook('onRoute', browserPage)
        scope.addHook('onResponse', async (request, reply) => {
          const changed =
            request.method !== 'GET' && request.method !== 'HEAD' && reply.statusCode < 400
          if (changed) await request.audit('queue.change', `queue:${request.url}`)
        })
        await scope.register(withoutErrorHandler(serverAdapter.registerPlugin()))
      },
      { prefix: '/queues' }
    )
  },
  { name: 'bull-board', dependencies: ['queues', 'authentication', 'audit'] }
)

/** Bull Board brings an error handler that would turn a refused login into a 500; errors stay with ours. */
function withoutErrorHandler(plugin: ReturnType<FastifyAdapter['registerPlugin']>) {
  const quiet: typeof plugin = (scope, options, done) => {
    const shielded: FastifyInstance = Object.create(scope, {
      setErrorHandler: { value: () => scope }
    })
    plugin(shielded, options, done)
  }
  return quiet
}
