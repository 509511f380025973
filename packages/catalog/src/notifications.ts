import { type Selectable, sql } from 'kysely'
import type { Catalog, Notification } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import type { Tables } from './tables.ts'

const now = sql<Date>`now()`
const inMs = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`

export function notifications(db: Database): Catalog['notifications'] {
  return {
    async create({ id, channelId, incidentId, event, message }) {
      const row = await db
        .insertInto('notifications')
        .values({
          id,
          channel_id: channelId,
          incident_id: incidentId,
          event,
          message: JSON.stringify(message)
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return toNotification(row)
    },
    async get(id) {
      requireUuid(id, 'NOTIFICATION_NOT_FOUND', 'Notification')
      const row = await db
        .selectFrom('notifications')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw notFound('NOTIFICATION_NOT_FOUND', 'Notification', id)
      return toNotification(row)
    },
    list({ state, ...query }) {
      let select = db.selectFrom('notifications').selectAll()
      if (state) select = select.where('state', '=', state)
      return readPage(select, query, newestFirst('notifications'), toNotification)
    },
    async claim(id, leaseMs) {
      const row = await db
        .updateTable('notifications')
        .set({ attempt: sql<number>`attempt + 1`, next_attempt_at: inMs(leaseMs) })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .where('next_attempt_at', '<=', now)
        .returningAll()
        .executeTakeFirst()
      return row && toNotification(row)
    },
    async sent(id) {
      await db
        .updateTable('notifications')
        .set({ state: 'sent', sent_at: now, error: null })
        .where('id', '=', id)
        .execute()
    },
    async failed(id, error, retryInMs) {
      await db
        .updateTable('notifications')
        .set({
          error: JSON.stringify(error),
          ...(retryInMs === null
            ? { state: 'failed' as const }
            : { next_attempt_at: inMs(retryInMs) })
        })
        .where('id', '=', id)
        .execute()
    },
    async due() {
      const rows = await db
        .selectFrom('notifications')
        .selectAll()
        .where('state', '=', sql.lit('queued'))
        .where('next_attempt_at', '<=', now)
        .orderBy('created_at')
        .limit(100)
        .execute()
      return rows.map(toNotification)
    },
    async undelivered() {
      const { count } = await db
        .selectFrom('notifications')
        .select(sql<number>`count(*)::int`.as('count'))
        .where('state', '=', sql.lit('failed'))
        .where(sql<boolean>`created_at > now() - interval '7 days'`)
        .where(
          sql<boolean>`NOT EXISTS (SELECT FROM notifications s WHERE s.channel_id = notifications.channel_id
                                     AND s.state = 'sent' AND s.sent_at > notifications.created_at)`
        )
        .executeTakeFirstOrThrow()
      return count
    }
  }
}

const toNotification = (row: Selectable<Tables['notifications']>): Notification => ({
  id: row.id,
  channelId: row.channel_id,
  incidentId: row.incident_id,
  event: row.event,
  message: row.message,
  state: row.state,
  attempt: row.attempt,
  nextAttemptAt: row.next_attempt_at,
  error: row.error,
  createdAt: row.created_at,
  sentAt: row.sent_at
})
