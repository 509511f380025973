import { Value } from 'typebox/value'
import { closest } from './closest.ts'
import { isObject, type Problem } from './config-file.ts'
import { narrow } from './narrow.ts'
import type { Node } from './schema.ts'

type Errors = ReturnType<typeof Value.Errors>

/** Everything that does not fit a schema. Messages never show a value that may be a secret. */
export function schemaProblems(schema: Node, value: unknown, path: string[] = []): Problem[] {
  const node = narrow(schema, value)
  const { properties, items, required, additionalProperties, ...own } = node
  const open = properties ? {} : { additionalProperties }
  const wrong = Value.Errors({ ...own, ...open }, value).flatMap(error =>
    ownProblem(error, node, value, path)
  )
  if (properties && isObject(value)) return [...wrong, ...objectProblems(node, value, path)]
  if (items && Array.isArray(value))
    return [
      ...wrong,
      ...value.flatMap((item, i) => schemaProblems(items, item, [...path, String(i)]))
    ]
  return wrong
}

function objectProblems(node: Node, value: Record<string, unknown>, path: string[]): Problem[] {
  const { properties = {}, required = [], additionalProperties } = node
  const missing = required
    .filter(name => !Object.hasOwn(value, name))
    .map(name => problem([...path, name], 'is required'))
  const inside = Object.entries(value).flatMap(([name, field]) => {
    if (Object.hasOwn(properties, name))
      return schemaProblems(properties[name]!, field, [...path, name])
    if (additionalProperties !== false) return []
    return [{ path: [...path, name], at: 'key' as const, message: unknownField(name, properties) }]
  })
  return [...missing, ...inside]
}

function unknownField(name: string, properties: Record<string, Node>): string {
  if (`${name}Env` in properties)
    return `secrets do not belong into this file; give ${name}Env or ${name}File, which say where the worker finds it`
  return `unknown field${didYouMean(name, Object.keys(properties))}`
}

const didYouMean = (word: string, known: string[]) => {
  const meant = closest(word, known)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

const problem = (path: string[], message: string): Problem => ({ path, at: 'value', message })

/** Keywords whose error only repeats what another one says more exactly. */
const repeats = new Set(['boolean', 'dependentSchemas', 'propertyNames'])

function ownProblem(error: Errors[number], node: Node, value: unknown, path: string[]): Problem[] {
  if (repeats.has(error.keyword)) return []
  const inside = error.instancePath.split('/').slice(1)
  return [problem([...path, ...inside], messageOf(error, node, value))]
}

function messageOf({ keyword, params, message }: Errors[number], node: Node, value: unknown) {
  switch (keyword) {
    case 'enum': {
      const { allowedValues = node.enum ?? [] } = params as { allowedValues?: unknown[] }
      const allowed = allowedValues.map(String)
      const meant = typeof value === 'string' ? didYouMean(value, allowed) : ''
      return `must be one of ${allowed.join(', ')}${meant}`
    }
    case 'const':
      return `must be ${node.const}`
    case 'not':
      return `give only one of ${(node.not as Node).required!.join(' and ')}`
    case 'pattern':
    case 'format': {
      const example = node.examples?.[0]
      return example === undefined ? message : `${message}, for example ${example}`
    }
    default:
      return message
  }
}
