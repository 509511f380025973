import type { Policy as CatalogPolicy } from '@resguardo/catalog'
import { PolicySpec, policyInputFields } from '@resguardo/domain'
import { logicalOptions } from '@resguardo/engines/options'
import { type Static, Type } from 'typebox'
import { closed, DateTime, FreeObject, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'
import { Name } from './source.ts'

const references = {
  sourceId: Id,
  repositoryId: Id,
  copyTo: Type.Array(Id, {
    maxItems: 10,
    uniqueItems: true,
    default: [],
    description: 'Repositories that get a copy of each backup'
  }),
  channelIds: Type.Array(Id, {
    maxItems: 20,
    uniqueItems: true,
    default: [],
    description: 'Who is told'
  }),
  options: closed(logicalOptions.properties, { default: {} })
}

/** Fields of `policyInputFields` are checked by hand, which fills in the profile and the defaults. */
export const PolicyChange = closed({ ...references, ...policyInputFields })
export const NewPolicy = closed({ name: Name, ...references, ...policyInputFields })

export const Policy = named(
  'Policy',
  Type.Object(
    {
      id: Id,
      name: Type.String(),
      kind: Type.Enum(['logical']),
      sourceId: Id,
      repositoryId: Id,
      copyTo: Type.Array(Id),
      channelIds: Type.Array(Id),
      options: FreeObject,
      ...PolicySpec.properties,
      paused: Type.Boolean(),
      pauseReason: nullable(Type.String()),
      retentionAt: nullable(DateTime),
      createdAt: DateTime,
      updatedAt: DateTime
    },
    { description: 'A source, a repository, and when, how long, how soon, and who is told' }
  )
)

export const presentPolicy = ({ spec, ...policy }: CatalogPolicy): Static<typeof Policy> =>
  ({ ...json(policy), ...spec }) as Static<typeof Policy>
