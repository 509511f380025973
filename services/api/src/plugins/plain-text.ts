import { AppError } from '@resguardo/shared'
import fp from 'fastify-plugin'

/** PostgreSQL stores neither NUL nor half a surrogate pair: say so before it does, wherever in a body they stand. */
export default fp(
  async app => {
    app.addHook('preValidation', async ({ body }) => {
      if (!isStorable(body)) {
        throw new AppError('VALIDATION_FAILED', 'body: holds a NUL or an unpaired surrogate')
      }
    })
  },
  { name: 'plain-text' }
)

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, inner]) => isStorable(name) && isStorable(inner))
}
