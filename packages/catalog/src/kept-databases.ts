import { type Selectable, sql } from 'kysely'
import type { Catalog, KeptDatabase } from './catalog.ts'
import { requireClaim } from './claim.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import type { Tables } from './tables.ts'

export function keptDatabases(db: Database): Catalog['keptDatabases'] {
  return {
    record: ({ restoreId, targetSourceId, database, keptAs, keepDays }, claim) =>
      db.transaction().execute(async trx => {
        await requireClaim(trx, claim)
        await trx
          .insertInto('kept_databases')
          .values({
            id: restoreId,
            target_source_id: targetSourceId,
            database,
            kept_as: keptAs,
            keep_until: sql<Date>`now() + ${keepDays} * interval '1 day'`
          })
          .onConflict(conflict => conflict.column('id').doNothing())
          .execute()
      }),
    async get(restoreId) {
      requireUuid(restoreId, 'RESTORE_NOT_UNDOABLE', 'Restore')
      const row = await db
        .selectFrom('kept_databases')
        .selectAll()
        .where('id', '=', restoreId)
        .executeTakeFirst()
      if (!row) throw notFound('RESTORE_NOT_UNDOABLE', 'Kept database of restore', restoreId)
      return toKept(row)
    },
    list: query =>
      readPage(
        db.selectFrom('kept_databases').selectAll(),
        query,
        newestFirst('kept_databases'),
        toKept
      ),
    async change(restoreId, change) {
      await db
        .updateTable('kept_databases')
        .set({ state: change.state, ...(change.keptAs ? { kept_as: change.keptAs } : {}) })
        .where('id', '=', restoreId)
        .execute()
    },
    async expired() {
      const rows = await db
        .selectFrom('kept_databases')
        .selectAll()
        .where('state', '<>', sql.lit('removed'))
        .where('keep_until', '<', sql<Date>`now()`)
        .limit(100)
        .execute()
      return rows.map(toKept)
    }
  }
}

const toKept = (row: Selectable<Tables['kept_databases']>): KeptDatabase => ({
  restoreId: row.id,
  targetSourceId: row.target_source_id,
  database: row.database,
  keptAs: row.kept_as,
  state: row.state,
  keepUntil: row.keep_until,
  createdAt: row.created_at
})
