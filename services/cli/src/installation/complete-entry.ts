import {
  NewChannel,
  NewPolicy,
  NewRegisteredSecret,
  NewRepository,
  NewSource
} from '@resguardo/api'
import { completePolicy, PolicySpec } from '@resguardo/domain'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Entry, ListName } from '../config-file/config-file.ts'

const specFields = Object.keys(PolicySpec.properties)
const fields: Record<ListName, string[]> = {
  sources: ['name', 'host', 'port', 'database', 'user', 'sslMode', 'sslRootCert'],
  repositories: ['name', 'kind', 'settings', 'recipients'],
  channels: ['name', 'kind', 'settings', 'summary'],
  secrets: ['name', 'kind', 'owner', 'note', 'rotateDays', 'rotatedAt'],
  policies: ['name', 'source', 'repository', 'copyTo', 'channels', 'options', ...specFields]
}

const pick = (entry: object, names: string[]) =>
  Object.fromEntries(Object.entries(entry).filter(([name]) => names.includes(name)))

/** The schema with the defaults of an entry; of a union, that of its kind. */
function schemaOf(list: Exclude<ListName, 'policies'>, { kind }: Entry): TSchema {
  const ofKind = (union: typeof NewRepository | typeof NewChannel) =>
    union.anyOf.find(one => one.properties.kind.const === kind)!
  const schemas = {
    sources: () => NewSource,
    repositories: () => ofKind(NewRepository),
    channels: () => ofKind(NewChannel),
    secrets: () => NewRegisteredSecret
  }
  return schemas[list]()
}

/**
 * An entry with everything that the service fills in, so that two can be compared. References to secrets are left out:
 * the API does not show them.
 */
export function completeEntry(list: ListName, entry: Entry): Entry {
  const given = structuredClone(pick(entry, fields[list])) as Entry
  if (list !== 'policies') {
    const filled = Value.Default(schemaOf(list, given), given) as Entry
    return { ...blank[list], ...filled, ...dates(filled) }
  }
  const options = Value.Default(NewPolicy.properties.options, given.options ?? {})
  const spec = completePolicy(pick(given, specFields))
  const { name, source, repository, copyTo = [], channels = [] } = given
  return { name, source, repository, copyTo, channels, options, ...spec }
}

/** What the API's handlers put where nothing is given. */
const blank: Record<Exclude<ListName, 'policies'>, object> = {
  sources: {},
  repositories: {},
  channels: { summary: null },
  secrets: { note: '' }
}

const dates = ({ rotatedAt }: Record<string, unknown>) =>
  rotatedAt === undefined ? {} : { rotatedAt: new Date(String(rotatedAt)).toISOString() }
