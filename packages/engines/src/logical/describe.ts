import { MANIFEST_VERSION, type Manifest, type ManifestObject } from '@resguardo/repository'
import { version } from '@resguardo/shared'
import type { BackupContext } from '../engine.ts'
import type { Snapshot } from './coordinator.ts'
import { isPartial } from './selection.ts'

export interface Made {
  startedAt: Date
  objects: ManifestObject[]
  tables: Manifest['tables']
  pgDumpVersion: string
}

type Context = BackupContext<{ compressionLevel: number; contentHash: 'none' | 'full' }>

/** The manifest of what was stored. */
export function describe(context: Context, snapshot: Snapshot, made: Made): Manifest {
  const { facts, systemId, lsn, at, selection, schemaObjects } = snapshot
  const { databaseBytes, largeObjects, extensions, roles, collationVersionNow, ...rest } = facts
  const { isSuperuser: _, isStandby: __, ...database } = rest
  const partial = isPartial(selection)
  return {
    formatVersion: MANIFEST_VERSION,
    id: context.backupId,
    kind: 'logical',
    repositoryId: context.repository.repositoryId,
    source: { name: context.source.name, systemId, ...database },
    tool: { name: 'resguardo', version, pgDumpVersion: made.pgDumpVersion },
    startedAt: made.startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    snapshot: { lsn, at: at.toISOString() },
    compression: { scheme: 'zstd', level: context.options.compressionLevel },
    encryption: { scheme: 'age', recipients: context.repository.recipients },
    objects: made.objects,
    tables: made.tables,
    ...(context.options.contentHash === 'full' ? { contentHashVersion: 2 as const } : {}),
    // pg_dump leaves them out when it is told schemas or tables to take.
    largeObjects: selection.schemas.length + selection.tables.length > 0 ? 0 : largeObjects,
    databaseBytes,
    extensions,
    roles,
    ...(partial ? { selection } : { schemaObjects }),
    warnings: warningsOf(database.collationVersion, collationVersionNow),
    labels: context.labels,
    name: context.name
  }
}

function warningsOf(made: string | null, now: string | null): string[] {
  if (made === null || now === null || made === now) return []
  return [
    `The collation library changed from ${made} to ${now} since the database was made: REINDEX its indexes on text, then ALTER DATABASE … REFRESH COLLATION VERSION`
  ]
}
