import { type Selectable, sql } from 'kysely'
import type { Catalog, Incident } from './catalog.ts'
import type { Database } from './database.ts'
import { readPage } from './page.ts'
import type { Tables } from './tables.ts'

/** Any number: the lock of those who reconcile. */
const LOCK = 4_711_004

export function incidents(db: Database): Catalog['incidents'] {
  return {
    list({ open, ...query }) {
      let select = db.selectFrom('incidents').selectAll()
      if (open !== undefined) select = select.where('closed_at', open ? 'is' : 'is not', null)
      return readPage(
        select,
        query,
        { table: 'incidents', columns: ['opened_at', 'id'], direction: 'desc' },
        toIncident
      )
    },
    reconcile: findings =>
      db.transaction().execute(async trx => {
        await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(trx)
        const open = await trx
          .selectFrom('incidents')
          .selectAll()
          .where('closed_at', 'is', null)
          .execute()
        const keyOf = (policyId: string | null, kind: string) => `${policyId ?? ''}/${kind}`
        const known = new Map(open.map(row => [keyOf(row.policy_id, row.kind), row]))
        const opened: Incident[] = []
        const worsened: Incident[] = []
        for (const { policyId, kind, level, message, hint } of findings) {
          const before = known.get(keyOf(policyId, kind))
          known.delete(keyOf(policyId, kind))
          const text = { level, message, hint }
          if (before?.level === level && before.message === message) continue
          const row = before
            ? await trx
                .updateTable('incidents')
                .set(text)
                .where('id', '=', before.id)
                .returningAll()
                .executeTakeFirstOrThrow()
            : await trx
                .insertInto('incidents')
                .values({ policy_id: policyId, kind, ...text })
                .returningAll()
                .executeTakeFirstOrThrow()
          if (!before) opened.push(toIncident(row))
          else if (before.level === 'warning' && level === 'critical')
            worsened.push(toIncident(row))
        }
        const closed: Incident[] = []
        for (const { id } of known.values()) {
          const row = await trx
            .updateTable('incidents')
            .set({ closed_at: sql<Date>`now()` })
            .where('id', '=', id)
            .returningAll()
            .executeTakeFirstOrThrow()
          closed.push(toIncident(row))
        }
        return { opened, closed, worsened }
      })
  }
}

const toIncident = (row: Selectable<Tables['incidents']>): Incident => ({
  id: row.id,
  policyId: row.policy_id,
  kind: row.kind,
  level: row.level,
  message: row.message,
  hint: row.hint,
  openedAt: row.opened_at,
  closedAt: row.closed_at
})
