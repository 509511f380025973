import { AppError } from '@resguardo/shared'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** Settings from the catalog, checked. @throws VALIDATION_FAILED */
export function checkSettings<S extends TSchema>(
  schema: S,
  settings: Record<string, unknown>
): Static<S> {
  if (Value.Check(schema, settings)) return settings
  const [problem] = Value.Errors(schema, settings)
  throw new AppError(
    'VALIDATION_FAILED',
    `Channel settings: ${problem?.instancePath} ${problem?.message}`
  )
}

/** The secret of a kind that cannot do without. @throws VALIDATION_FAILED, saying what it is */
export function requireSecret(secret: string | undefined, whatItIs: string): string {
  if (secret) return secret
  throw new AppError('VALIDATION_FAILED', `The channel has no secret: ${whatItIs}`)
}
