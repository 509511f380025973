import { type Selectable, sql } from 'kysely'
import { requireStored } from './backup-removal.ts'
import type { Catalog, Hold } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import type { Tables } from './tables.ts'

export function holds(db: Database): Catalog['holds'] {
  return {
    place: ({ backupId, holder, reason, until, createdBy }) =>
      db.transaction().execute(async trx => {
        // The lock that a removal takes as well: one of the two comes first.
        await requireStored(trx, backupId)
        const row = await trx
          .insertInto('holds')
          .values({ backup_id: backupId, holder, reason, until, created_by: createdBy })
          .returningAll()
          .executeTakeFirstOrThrow()
        return toHold(row)
      }),
    async release(id, by, reason) {
      await find(id)
      await db
        .updateTable('holds')
        .set({ released_at: sql<Date>`now()`, released_by: by, release_reason: reason })
        .where('id', '=', id)
        .where('released_at', 'is', null)
        .execute()
      return toHold(await find(id))
    },
    get: async id => toHold(await find(id)),
    list({ backupId, ...query }) {
      let select = db.selectFrom('holds').selectAll()
      if (backupId) select = select.where('backup_id', '=', backupId)
      return readPage(select, query, newestFirst('holds'), toHold)
    }
  }

  async function find(id: string) {
    requireUuid(id, 'HOLD_NOT_FOUND', 'Hold')
    const row = await db.selectFrom('holds').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound('HOLD_NOT_FOUND', 'Hold', id)
    return row
  }
}

const toHold = (row: Selectable<Tables['holds']>): Hold => ({
  id: row.id,
  backupId: row.backup_id,
  holder: row.holder,
  reason: row.reason,
  until: row.until,
  createdBy: row.created_by,
  createdAt: row.created_at,
  releasedAt: row.released_at,
  releasedBy: row.released_by,
  releaseReason: row.release_reason
})
