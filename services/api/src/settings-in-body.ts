import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'

type Settings = Record<string, unknown>

/** The `settings` of a body whose schema depends on what exists, with defaults. @throws VALIDATION_FAILED, naming every wrong field */
export function settingsInBody(schema: TSchema, given: Settings): Settings {
  const settings = Value.Default(schema, given)
  if (Value.Check(schema, settings)) return settings as Settings
  const validation = Value.Errors(schema, settings).map(error => ({
    ...error,
    instancePath: `/settings${error.instancePath}`
  }))
  throw Object.assign(new Error('Not valid'), { validation, validationContext: 'body' })
}
