import { type Selectable, sql } from 'kysely'
import type { Backup, Catalog } from './catalog.ts'
import { requireClaim } from './claim.ts'
import type { Database } from './database.ts'
import { notFound } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import type { Tables } from './tables.ts'

export function backups(db: Database): Catalog['backups'] {
  return {
    async get(id) {
      const row = await db.selectFrom('backups').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw notFound('BACKUP_NOT_FOUND', 'Backup', id)
      return toBackup(row)
    },
    async list({ sourceId, repositoryId, kind, ...query }) {
      let select = db.selectFrom('backups').selectAll()
      if (sourceId) select = select.where('source_id', '=', sourceId)
      if (repositoryId) select = select.where('repository_id', '=', repositoryId)
      if (kind) select = select.where('kind', '=', kind)
      return readPage(select, query, newestFirst('backups'), toBackup)
    },
    record: (backup, claim) =>
      db.transaction().execute(async trx => {
        if (claim) await requireClaim(trx, claim)
        await trx
          .insertInto('backups')
          .values({
            id: backup.id,
            source_id: backup.sourceId,
            repository_id: backup.repositoryId,
            run_id: backup.runId,
            kind: backup.kind,
            state: backup.state,
            name: backup.name,
            labels: JSON.stringify(backup.labels),
            started_at: backup.startedAt,
            finished_at: backup.finishedAt,
            plain_bytes: backup.plainBytes,
            stored_bytes: backup.storedBytes,
            server_version: backup.serverVersion,
            manifest: JSON.stringify(backup.manifest)
          })
          .onConflict(conflict => conflict.column('id').doNothing())
          .execute()
      }),
    async markDamaged(id) {
      const { numUpdatedRows } = await db
        .updateTable('backups')
        .set({ state: 'damaged' })
        .where('id', '=', id)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw notFound('BACKUP_NOT_FOUND', 'Backup', id)
    },
    async newest() {
      return db
        .selectFrom('backups')
        .innerJoin('sources', 'sources.id', 'backups.source_id')
        .distinctOn(['backups.source_id', 'backups.kind'])
        .where('backups.state', '=', sql.lit('available'))
        .orderBy('backups.source_id')
        .orderBy('backups.kind')
        .orderBy('backups.finished_at', 'desc')
        .select([
          'sources.name as sourceName',
          'backups.kind',
          'backups.finished_at as finishedAt',
          'backups.stored_bytes as storedBytes'
        ])
        .execute()
    }
  }
}

const toBackup = (row: Selectable<Tables['backups']>): Backup => ({
  id: row.id,
  sourceId: row.source_id,
  repositoryId: row.repository_id,
  runId: row.run_id,
  kind: row.kind,
  state: row.state,
  name: row.name,
  labels: row.labels,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  plainBytes: row.plain_bytes,
  storedBytes: row.stored_bytes,
  serverVersion: row.server_version,
  manifest: row.manifest
})
