import { type Static, type TProperties, type TSchema, Type } from 'typebox'

/** An object that refuses what it does not know: a mistyped field is an error, not silence. */
export const closed = <T extends TProperties>(properties: T, options: object = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false })

/** A schema that stands once in the OpenAPI document, under its name. */
export const named = <T extends TSchema>(name: string, schema: T): T =>
  Object.assign(schema, { $id: name })

/** Points to a schema made by `named`. */
export const ref = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T>>({ $ref: `${(schema as { $id?: string }).$id}#` })

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** JSON whose fields are not the API's business. */
export const FreeObject = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true
})

export const Id = Type.String({ format: 'uuid', description: 'Identifier' })
export const DateTime = Type.String({ format: 'date-time', description: 'UTC, ISO 8601' })
export const BackupId = Type.String({
  pattern: '^[0-9A-Za-z-]{1,64}$',
  description: 'Identifier of a backup; sorts by time',
  examples: ['20261120T020000Z-logical-7f3k2m']
})

export const IdParams = Type.Object({ id: Id })

export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Items a page' }),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: 'nextCursor of the page before' })
  )
}

export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object(
    {
      items: Type.Array(ref(item)),
      nextCursor: nullable(Type.String({ description: 'Null on the last page' }))
    },
    { description: 'One page, newest first' }
  )

/** How long a POST may wait for its run before it answers 202. */
export const WaitQuery = closed({
  wait: Type.Integer({
    minimum: 0,
    maximum: 300,
    default: 0,
    description: 'Seconds to wait for the run to finish; then 200 instead of 202'
  })
})
