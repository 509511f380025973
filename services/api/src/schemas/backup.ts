import type { Backup as CatalogBackup } from '@resguardo/catalog'
import { backupKinds } from '@resguardo/domain'
import { logicalOptions } from '@resguardo/engines/options'
import { Type } from 'typebox'
import { BackupId, closed, DateTime, FreeObject, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'
import { RunError } from './run.ts'

export const BackupName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
  description: 'For people; need not be unique',
  examples: ['before-migration-42']
})

export const Labels = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$' }),
  Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]{0,255}$' }),
  { maxProperties: 20, additionalProperties: false, description: 'Your own keys and values' }
)

export const NewBackup = closed({
  sourceId: Id,
  repositoryId: Id,
  name: Type.Optional(BackupName),
  labels: Type.Optional(Labels),
  copyTo: Type.Optional(
    Type.Array(Id, {
      maxItems: 10,
      uniqueItems: true,
      description: 'Repositories that get a copy afterwards, each by a run of its own'
    })
  ),
  options: closed(logicalOptions.properties, { default: {} })
})

export const BackupKind = Type.Enum([...backupKinds])

const fields = {
  id: BackupId,
  sourceId: Id,
  repositoryId: Id,
  runId: nullable(Id),
  kind: Type.String({ description: 'How it was made' }),
  state: Type.Enum(['available', 'damaged']),
  name: nullable(Type.String()),
  labels: Type.Unsafe<Record<string, string>>({
    type: 'object',
    additionalProperties: { type: 'string' }
  }),
  startedAt: DateTime,
  finishedAt: DateTime,
  plainBytes: Type.Integer(),
  storedBytes: Type.Integer(),
  serverVersion: Type.String(),
  copyOf: nullable(Type.String({ description: 'The backup that this one is a copy of' })),
  verifiedAt: nullable(DateTime),
  deepVerifiedAt: nullable(DateTime),
  damage: nullable(RunError)
}

export const Backup = named(
  'Backup',
  Type.Object(fields, { description: 'One restore point: its manifest is stored' })
)

export const BackupWithManifest = named(
  'BackupWithManifest',
  Type.Object({ ...fields, manifest: FreeObject }, { description: 'A backup and its manifest' })
)

export const presentBackup = (backup: CatalogBackup) => json(backup)
