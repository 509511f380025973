import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborts when the service begins to stop: what waits or streams ends then. */
    closing: AbortSignal
  }
}

export default fp(
  async app => {
    const controller = new AbortController()
    app.decorate('closing', controller.signal)
    app.addHook('preClose', async () => controller.abort())
  },
  { name: 'closing' }
)
