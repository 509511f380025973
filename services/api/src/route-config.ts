import type { Role } from '@resguardo/catalog'
import 'fastify'

/** What a route declares about itself in `config`; a route that has neither `role` nor `public` stops the boot. */
declare module 'fastify' {
  interface FastifyContextConfig {
    /** Least role of the key that may use the route. */
    role?: Role
    /** Open to everyone, without a key and without a rate limit. */
    public?: boolean
    /** A page for browsers, which cannot send a bearer header: HTTP Basic with the key as password will do. */
    browser?: boolean
    /** Takes `Idempotency-Key`. */
    idempotent?: boolean | { /** Fields that are not kept for a replay. */ once: string[] }
    /** Answers for as long as the client likes, so its duration says nothing. */
    stream?: boolean
    /** What to do under pressure instead of refusing. */
    pressureHandler?: () => void
  }
}
