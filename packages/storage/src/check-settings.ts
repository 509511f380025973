import { AppError } from '@resguardo/shared'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** Settings from the catalog, with defaults and checked. @throws VALIDATION_FAILED */
export function checkSettings<S extends TSchema>(
  schema: S,
  settings: Record<string, unknown>
): Static<S> {
  const complete = Value.Default(schema, structuredClone(settings))
  if (Value.Check(schema, complete)) return complete
  const [problem] = Value.Errors(schema, complete)
  throw new AppError(
    'VALIDATION_FAILED',
    `Repository settings: ${problem?.instancePath} ${problem?.message}`
  )
}
