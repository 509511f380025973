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
  Type.String(),
  Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]{0,255}$' }),
  {
    maxProperties: 20,
    // Not `additionalProperties: false`: TypeBox's Default throws a TypeError on such a record.
    propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$' },
    description: 'Your own keys and values'
  }
)

const described = {
  name: Type.Optional(BackupName),
  labels: Type.Optional(Labels),
  reason: Type.Optional(
    Type.String({
      pattern: '^[^\\u0000-\\u001f\\u007f]{1,500}$',
      description: 'Why, for whoever reads it later',
      examples: ['before release 2026.11.3']
    })
  ),
  keepDays: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 36_500, description: 'Not removed before, by any rule' })
  )
}

/** A backup beside a policy's schedules, with all that the policy says. */
export const NewPolicyBackup = closed(described)

export const NewBackup = closed({
  sourceId: Id,
  repositoryId: Id,
  ...described,
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
export const BackupState = Type.Enum(['available', 'damaged', 'removing', 'removed'], {
  description: 'Left out: all but removed ones'
})

const fields = {
  id: BackupId,
  sourceId: Id,
  repositoryId: Id,
  runId: nullable(Id),
  kind: Type.String({ description: 'How it was made' }),
  state: Type.Enum(['available', 'damaged', 'removing', 'removed'], {
    description: '`removing`: its objects are being deleted'
  }),
  name: nullable(Type.String()),
  reason: nullable(Type.String()),
  policyId: nullable(Id),
  keepUntil: nullable(DateTime),
  lockedUntil: nullable(DateTime),
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
  rekeyOf: nullable(Type.String({ description: 'The backup that this one encrypts anew' })),
  verifiedAt: nullable(DateTime),
  deepVerifiedAt: nullable(DateTime),
  damage: nullable(RunError),
  removal: nullable(FreeObject),
  removingSince: nullable(DateTime),
  removedAt: nullable(DateTime)
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
