import type { Repository as CatalogRepository } from '@resguardo/catalog'
import { settingsOf } from '@resguardo/storage/settings'
import { Type } from 'typebox'
import { closed, DateTime, FreeObject, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'
import { RunError } from './run.ts'
import { secretFields } from './secret.ts'
import { Name } from './source.ts'

const Recipients = Type.Array(
  Type.String({ pattern: '^age1[02-9ac-hj-np-z]{58}$', description: 'age X25519 recipient' }),
  {
    minItems: 1,
    maxItems: 20,
    uniqueItems: true,
    description: 'Public keys that every backup is encrypted to'
  }
)
const secret = secretFields('secretAccessKey', 'Secret of the access key')

export const NewRepository = Type.Union([
  closed(
    { kind: Type.Literal('local'), name: Name, settings: settingsOf.local, recipients: Recipients },
    { title: 'Local directory' }
  ),
  closed(
    {
      kind: Type.Literal('s3'),
      name: Name,
      settings: settingsOf.s3,
      recipients: Recipients,
      ...secret
    },
    { title: 'S3 bucket' }
  )
])

export const RepositoryChange = closed(
  {
    settings: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        description: 'As when the repository was added; the kind never changes'
      })
    ),
    recipients: Type.Optional(Recipients),
    ...secret
  },
  { minProperties: 1 }
)

const fields = {
  id: Id,
  name: Type.String(),
  kind: Type.Enum(['local', 's3']),
  settings: FreeObject,
  hasSecret: Type.Boolean({ description: 'Whether a secret is known; it is never shown' }),
  recipients: Type.Array(Type.String()),
  signers: Type.Array(Type.String(), { description: 'Public keys whose manifests are believed' }),
  state: Type.Enum(['pending', 'ready', 'failed'], { description: 'Outcome of the last probe' }),
  stateError: nullable(RunError),
  repositoryId: nullable(Type.String({ description: 'From resguardo.json, once probed' })),
  capabilities: nullable(FreeObject),
  createdAt: DateTime,
  updatedAt: DateTime
}

export const Repository = named(
  'Repository',
  Type.Object(fields, { description: 'A place where backups are stored' })
)

export const ProbedRepository = named(
  'ProbedRepository',
  Type.Object(
    {
      ...fields,
      probeRunId: Type.String({ format: 'uuid', description: 'The run that checks it' })
    },
    { description: 'A repository that is being checked' }
  )
)

export const presentRepository = (repository: CatalogRepository) => json(repository)
