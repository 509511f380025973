import { settingsOf } from '@resguardo/storage/settings'
import { Value } from 'typebox/value'

/** New settings of a repository whose kind is known, with defaults. @throws VALIDATION_FAILED, naming every wrong field */
export function settingsFor(kind: keyof typeof settingsOf, given: Record<string, unknown>) {
  const schema = settingsOf[kind]
  const settings = Value.Default(schema, given)
  if (Value.Check(schema, settings)) return settings
  const validation = Value.Errors(schema, settings).map(error => ({
    ...error,
    instancePath: `/settings${error.instancePath}`
  }))
  throw Object.assign(new Error('Not valid'), { validation, validationContext: 'body' })
}
