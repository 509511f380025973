import { type Selectable, sql } from 'kysely'
import { markRemoving } from './backup-removal.ts'
import type { Backup, Catalog } from './catalog.ts'
import { requireClaim } from './claim.ts'
import type { Database } from './database.ts'
import { notFound } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import { retentionRows } from './retention-rows.ts'
import type { Tables } from './tables.ts'

export function backups(db: Database): Catalog['backups'] {
  return {
    async get(id) {
      const row = await db.selectFrom('backups').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw notFound('BACKUP_NOT_FOUND', 'Backup', id)
      return toBackup(row)
    },
    async list({ sourceId, repositoryId, kind, copyOf, policyId, state, ...query }) {
      let select = db.selectFrom('backups').selectAll()
      if (sourceId) select = select.where('source_id', '=', sourceId)
      if (repositoryId) select = select.where('repository_id', '=', repositoryId)
      if (kind) select = select.where('kind', '=', kind)
      if (copyOf) select = select.where('copy_of', '=', copyOf)
      if (policyId) select = select.where('policy_id', '=', policyId)
      select = state ? select.where('state', '=', state) : select.where('state', '<>', 'removed')
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
            manifest: JSON.stringify(backup.manifest),
            copy_of: backup.copyOf ?? null,
            rekey_of: backup.rekeyOf ?? null,
            policy_id: backup.policyId ?? null,
            reason: backup.reason ?? null,
            keep_until: backup.keepUntil ?? null,
            locked_until: backup.lockedUntil ?? null
          })
          .onConflict(conflict => conflict.column('id').doNothing())
          .execute()
      }),
    async markDamaged(id, damage) {
      const { numUpdatedRows } = await db
        .updateTable('backups')
        .set({
          state: sql`CASE WHEN state = 'available' THEN 'damaged' ELSE state END`,
          damage: JSON.stringify(damage)
        })
        .where('id', '=', id)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw notFound('BACKUP_NOT_FOUND', 'Backup', id)
    },
    async markVerified(id, deep) {
      const now = sql<Date>`now()`
      // A backup that fits again (a store that was restored) is good again.
      await db
        .updateTable('backups')
        .set({
          verified_at: now,
          state: 'available',
          damage: null,
          ...(deep ? { deep_verified_at: now } : {})
        })
        .where('id', '=', id)
        .where('state', 'in', ['available', 'damaged'])
        .execute()
    },
    ofPolicy: policyId => retentionRows(db, policyId),
    markRemoving: (id, removal) => markRemoving(db, id, removal),
    async markRemoved(id) {
      await db
        .updateTable('backups')
        .set({ state: 'removed', removed_at: sql<Date>`now()` })
        .where('id', '=', id)
        .where('state', '=', 'removing')
        .execute()
    },
    async setLockedUntil(id, until) {
      await db.updateTable('backups').set({ locked_until: until }).where('id', '=', id).execute()
    },
    async keepLocked(id, until) {
      await db
        .updateTable('backups')
        .set({
          state: sql`CASE WHEN damage IS NULL THEN 'available' ELSE 'damaged' END`,
          locked_until: until,
          removal: null,
          removing_since: null
        })
        .where('id', '=', id)
        .where('state', '=', 'removing')
        .execute()
    },
    async removing(policyId) {
      let select = db.selectFrom('backups').selectAll().where('state', '=', sql.lit('removing'))
      if (policyId) select = select.where('policy_id', '=', policyId)
      return (await select.orderBy('finished_at').execute()).map(toBackup)
    },
    async dueForVerify(days) {
      const row = await db
        .selectFrom('backups')
        .selectAll()
        .where('state', '=', sql.lit('available'))
        .where(
          sql<boolean>`coalesce(verified_at, finished_at) < now() - ${days} * interval '1 day'`
        )
        .where(
          sql<boolean>`NOT EXISTS (SELECT FROM runs WHERE kind IN ('verify', 'deep-verify') AND status IN ('queued', 'running'))`
        )
        .orderBy(sql`coalesce(verified_at, finished_at)`)
        .limit(1)
        .executeTakeFirst()
      return row && toBackup(row)
    },
    health: () =>
      db
        .selectFrom('backups')
        .innerJoin('sources', 'sources.id', 'backups.source_id')
        .where('backups.state', 'in', ['available', 'damaged'])
        .groupBy('sources.name')
        .select([
          'sources.name as sourceName',
          sql<number>`count(*) FILTER (WHERE backups.state = 'damaged')::int`.as('damaged'),
          sql<Date | null>`min(coalesce(verified_at, finished_at)) FILTER (WHERE backups.state = 'available')`.as(
            'oldestVerified'
          )
        ])
        .execute(),
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
  manifest: row.manifest,
  copyOf: row.copy_of,
  verifiedAt: row.verified_at,
  deepVerifiedAt: row.deep_verified_at,
  damage: row.damage,
  policyId: row.policy_id,
  reason: row.reason,
  keepUntil: row.keep_until,
  lockedUntil: row.locked_until,
  rekeyOf: row.rekey_of,
  removal: row.removal,
  removingSince: row.removing_since,
  removedAt: row.removed_at
})
