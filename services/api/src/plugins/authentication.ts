import type { ApiKey, Role } from '@resguardo/catalog'
import { AppError } from '@resguardo/shared'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { bindLog } from './request-log.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Only on routes with a role. */
    apiKey: ApiKey
  }
}

const ranks: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 }
const keyPattern = /^rg_[A-Za-z0-9_-]{43}$/

/** `request.apiKey`, and the role that each route declares. Secure by default: a route that declares nothing stops the boot. */
export default fp(
  async app => {
    const routes: RouteOptions[] = []
    app.addHook('onRoute', route => void routes.push(route))
    app.addHook('onReady', async () => {
      const open = routes.filter(({ config }) => !config?.role && !config?.public)
      if (open.length === 0) return
      throw new Error(`Routes without a role: ${open.map(r => `${r.method} ${r.url}`).join(', ')}`)
    })

    app.decorateRequest('apiKey', null as unknown as ApiKey)
    app.addHook('onRequest', async (request, reply) => {
      const { role, public: open, browser } = request.routeOptions.config
      if (request.is404 || open) return
      const key = keyOf(request, browser === true)
      const apiKey =
        key && keyPattern.test(key) ? await app.catalog.apiKeys.authenticate(key) : undefined
      if (!apiKey) {
        await app.countLoginFailure(request, reply)
        challenge(reply, browser === true)
        throw new AppError('UNAUTHENTICATED', key ? 'The key is not valid' : 'A key is needed')
      }
      request.apiKey = apiKey
      bindLog(request, reply, { userId: apiKey.id })
      if (!role || ranks[apiKey.role] < ranks[role]) {
        throw new AppError('FORBIDDEN', `This needs the role ${role}; the key is a ${apiKey.role}`)
      }
      refuseForgery(request)
    })
  },
  { name: 'authentication', dependencies: ['catalog', 'login-failures', 'request-log'] }
)

/** The key of `Authorization: Bearer <key>`; on browser pages also the password of `Basic`. */
function keyOf({ headers: { authorization = '' } }: FastifyRequest, browser: boolean) {
  const [, scheme = '', credentials = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return credentials
  if (!browser || scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(credentials, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}

function challenge(reply: FastifyReply, browser: boolean) {
  const scheme = browser ? 'Basic' : 'Bearer'
  reply.header('WWW-Authenticate', `${scheme} realm="resguardo"`)
}

/** Browsers add Basic credentials to requests that other sites make; those may change nothing. */
function refuseForgery({ method, headers, routeOptions }: FastifyRequest) {
  if (!routeOptions.config.browser || method === 'GET' || method === 'HEAD') return
  const site = headers['sec-fetch-site']
  const foreign = site
    ? site !== 'same-origin'
    : headers.origin !== undefined && URL.parse(headers.origin)?.host !== headers.host
  if (foreign) throw new AppError('FORBIDDEN', 'Another site may not change the queues')
}
