import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** `key:<name>`, as it stands in runs and in the audit log. */
    actor: string
    /** Records what the key did to which resource (`source:<id>`). Detail never holds a secret. */
    audit(action: string, resource: string, detail?: Record<string, unknown>): Promise<void>
  }
}

export default fp(
  async app => {
    app.decorateRequest('actor', {
      getter(this: FastifyRequest) {
        return `key:${this.apiKey.name}`
      }
    })
    app.decorateRequest(
      'audit',
      async function (this: FastifyRequest, action, resource, detail = {}) {
        const { actor, id: requestId } = this
        await app.catalog.audit.append({ actor, action, resource, requestId, detail })
      }
    )
  },
  { name: 'audit', dependencies: ['catalog', 'authentication'] }
)
