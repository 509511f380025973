import {
  asSent,
  NewChannel,
  NewPolicy,
  NewRegisteredSecret,
  NewRepository,
  NewSource
} from '@resguardo/api'
import { NAME_PATTERN, PolicySpec } from '@resguardo/domain'
import type { TSchema } from 'typebox'
import type { ListName } from './config-file.ts'

/** A JSON Schema, as far as it is looked into. */
export interface Node {
  [keyword: string]: unknown
  const?: unknown
  enum?: unknown[]
  anyOf?: Node[]
  properties?: Record<string, Node>
  required?: string[]
  items?: Node
  examples?: unknown[]
}

const plain = (schema: unknown) => JSON.parse(JSON.stringify(schema)) as Node

/** What the API takes when something is made. */
const body = (schema: TSchema) => plain(asSent({ body: schema }).body)

/** Without the fields for secrets themselves: a file that is kept in git says where they are. */
function referencesOnly(node: Node): Node {
  const { anyOf, properties } = node
  if (anyOf) return { ...node, anyOf: anyOf.map(referencesOnly) }
  if (!properties) return node
  const secret = Object.keys(properties).find(name => `${name}Env` in properties)
  if (!secret) return node
  const { [secret]: _, ...rest } = properties
  return {
    ...node,
    properties: rest,
    not: { type: 'object', required: [`${secret}Env`, `${secret}File`] }
  }
}

/** For the reader: the API fills them in only after the profile, so its input does not have them. */
function withDefaults(node: Node, spec: Node): Node {
  const { properties, items, anyOf } = node
  return {
    ...node,
    ...('default' in spec && { default: spec.default }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [
          name,
          withDefaults(field, spec.properties?.[name] ?? {})
        ])
      )
    }),
    ...(items && { items: withDefaults(items, spec.items ?? {}) }),
    ...(anyOf && { anyOf: anyOf.map((one, i) => withDefaults(one, spec.anyOf?.[i] ?? {})) })
  }
}

const Reference = (description: string): Node => ({
  type: 'string',
  pattern: NAME_PATTERN,
  description
})

/** As the API's policy, but it refers by name. */
function namingPolicy(): Node {
  const policy = body(NewPolicy)
  const { name, sourceId, repositoryId, copyTo, channelIds, ...rest } = policy.properties!
  const naming = {
    ...policy,
    required: ['name', 'source', 'repository'],
    properties: {
      name: name!,
      source: Reference('Name of the source'),
      repository: Reference('Name of the repository'),
      copyTo: { ...copyTo, items: Reference('Name of a repository') },
      channels: { ...channelIds, items: Reference('Name of a channel') },
      ...rest
    }
  }
  return withDefaults(naming, plain(PolicySpec))
}

export const entrySchemas: Record<ListName, Node> = {
  sources: referencesOnly(body(NewSource)),
  repositories: referencesOnly(body(NewRepository)),
  channels: referencesOnly(body(NewChannel)),
  secrets: body(NewRegisteredSecret),
  policies: namingPolicy()
}

const list = (name: ListName, description: string): Node => ({
  type: 'array',
  description,
  items: entrySchemas[name]
})

/** The schema of the whole file, as it is published for editors. */
export const fileSchema: Node = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:resguardo:schema:config:1',
  title: 'Resguardo configuration',
  description:
    'What is backed up, where to, when, and who is told. Applied with: npm run apply -- -f resguardo.yaml',
  type: 'object',
  additionalProperties: false,
  required: ['version'],
  properties: {
    version: { const: 1, description: 'Version of this format' },
    sources: list('sources', 'Databases that are backed up'),
    repositories: list('repositories', 'Where backups are stored'),
    channels: list('channels', 'Where notifications go'),
    secrets: list('secrets', 'Register of secrets that age: names and dates, never values'),
    policies: list('policies', 'A source, a repository, and when, how long, how soon, who is told')
  }
}
