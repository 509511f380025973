import { isObject } from './config-file.ts'
import type { Node } from './schema.ts'

/** The variant of a union that a value is meant to be, so that only what is wrong with that one is told. */
export function narrow(node: Node, value: unknown): Node {
  const { anyOf } = node
  if (!anyOf) return node
  if (anyOf.every(one => one.const !== undefined)) return { enum: anyOf.map(one => one.const) }
  const kinds = anyOf.filter(one => one.properties?.kind?.const !== undefined)
  if (kinds.length > 0) return ofKind(kinds, isObject(value) ? value.kind : undefined)
  const wanted = anyOf.find(one => (one.type === 'null') === (value === null))
  return wanted ? narrow(wanted, value) : node
}

function ofKind(variants: Node[], kind: unknown): Node {
  const known = variants.map(one => one.properties!.kind!.const)
  return (
    variants[known.indexOf(kind)] ?? {
      type: 'object',
      required: ['kind'],
      properties: { kind: { enum: known } },
      additionalProperties: true
    }
  )
}
