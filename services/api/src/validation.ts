import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'

/** Every wrong field is reported, not the eight of TypeBox's default. */
Settings.Set({ maxErrors: 100 })

/**
 * Validates with TypeBox, as configuration and job payloads are. Fills defaults. Only what comes as text (query, params,
 * headers) is converted to the declared type; a body must already have it. Every wrong field is reported; of a union of
 * kinds, only about the kind that is given.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const kinds = new Map(
    variantsOf(schema).map(one => [one.properties.kind.const, validatorOf(one)])
  )
  const whole = validatorOf(schema)
  return input => {
    if (kinds.size === 0) return whole(httpPart === 'body' ? input : Value.Convert(schema, input))
    const validate = kinds.get((input as { kind?: unknown } | undefined)?.kind)
    return validate ? validate(input) : { error: kindErrors(kinds, input) }
  }
}

function validatorOf(schema: TSchema) {
  const validator = Compile(schema)
  return (input: unknown) => {
    const value = Value.Default(schema, input)
    if (validator.Check(value)) return { value }
    return { error: validator.Errors(value) as FastifySchemaValidationError[] }
  }
}

type Variant = TSchema & { properties: { kind: { const: unknown } } }

/** The variants of a union that a constant `kind` tells apart. */
function variantsOf(schema: TSchema): Variant[] {
  const { anyOf = [] } = schema as { anyOf?: Partial<Variant>[] }
  return anyOf.filter((one): one is Variant => one.properties?.kind?.const !== undefined)
}

function kindErrors(kinds: Map<unknown, unknown>, input: unknown): FastifySchemaValidationError[] {
  const isObject = typeof input === 'object' && input !== null
  const message = isObject ? `must be one of ${[...kinds.keys()].join(', ')}` : 'must be object'
  const instancePath = isObject ? '/kind' : ''
  return [{ keyword: 'enum', schemaPath: '#/anyOf', instancePath, params: {}, message }]
}
