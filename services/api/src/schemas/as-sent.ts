import type { FastifySchema } from 'fastify'

/** A route's schema for the document: what has a default is required of the service, not of the client. */
export const asSent = (schema: FastifySchema): FastifySchema => ({
  ...schema,
  ...(schema.querystring ? { querystring: optional(schema.querystring) } : {}),
  ...(schema.body ? { body: optional(schema.body) } : {})
})

interface Node {
  required?: string[]
  properties?: Record<string, Node>
  anyOf?: Node[]
  default?: unknown
}

function optional(node: Node): Node {
  const { required, properties, anyOf, ...rest } = node
  const needed = required?.filter(name => properties?.[name]?.default === undefined) ?? []
  return {
    ...rest,
    ...(needed.length > 0 && { required: needed }),
    ...(anyOf && { anyOf: anyOf.map(optional) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [name, optional(inner)])
      )
    })
  }
}
