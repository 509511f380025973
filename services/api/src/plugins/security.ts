import helmet from '@fastify/helmet'
import type { onRouteHookHandler } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    helmet?: object
  }
}

/** For pages: their own files only; both UIs set style attributes. */
const pagePolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"]
  }
}

/** Security headers; answers of the API may load nothing at all. */
export default fp(
  async app => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }
      },
      referrerPolicy: { policy: 'no-referrer' },
      frameguard: { action: 'deny' }
    })
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('Cache-Control', 'no-store')
    })
  },
  { name: 'security' }
)

/** For a document: its own inline style, and nothing else. */
export const documentPolicy = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'unsafe-inline'"],
      imgSrc: ['data:'],
      frameAncestors: ["'none'"]
    }
  }
}

/** Makes every route of a scope a browser page: viewers may read it, what changes something asks for an operator. */
export const browserPage: onRouteHookHandler = route => {
  const reads = [route.method].flat().every(method => method === 'GET' || method === 'HEAD')
  route.config = {
    ...route.config,
    role: reads ? 'viewer' : 'operator',
    browser: true,
    helmet: { contentSecurityPolicy: pagePolicy }
  }
}
