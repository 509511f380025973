import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'

/**
 * Validates with TypeBox, as configuration and job payloads are. Fills defaults. Only what comes as text (query, params,
 * headers) is converted to the declared type; a body must already have it. Every wrong field is reported.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  return input => {
    const typed = httpPart === 'body' ? input : Value.Convert(schema, input)
    const value = Value.Default(schema, typed)
    if (validator.Check(value)) return { value }
    const errors = ofTheMeantVariant(Value.Errors(schema, value) as FastifySchemaValidationError[])
    return { error: errors }
  }
}

/** Of a union told apart by a constant (`kind`), keeps only the errors of the variant that was meant. */
export function ofTheMeantVariant(errors: FastifySchemaValidationError[]) {
  const others = errors
    .filter(({ keyword, schemaPath }) => keyword === 'const' && schemaPath.includes('/anyOf/'))
    .map(({ schemaPath }) =>
      schemaPath.slice(0, schemaPath.indexOf('/', schemaPath.indexOf('/anyOf/') + 7))
    )
  const kept = errors.filter(
    ({ keyword, schemaPath }) =>
      keyword !== 'anyOf' && !others.some(variant => schemaPath.startsWith(`${variant}/`))
  )
  return kept.length > 0 ? kept : errors
}
