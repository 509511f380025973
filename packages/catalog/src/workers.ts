import { sql } from 'kysely'
import type { Catalog } from './catalog.ts'
import type { Database } from './database.ts'

/** The workers that live. */
export function workers(db: Database): Catalog['workers'] {
  return {
    async seen({ name, queues, now }) {
      const skew = sql<number>`(extract(epoch FROM ${now.toISOString()}::timestamptz - clock_timestamp()) * 1000)::int`
      await db
        .insertInto('workers')
        .values({ name, queues, clock_skew_ms: skew })
        .onConflict(conflict =>
          conflict
            .column('name')
            .doUpdateSet({ queues, seen_at: sql<Date>`now()`, clock_skew_ms: skew })
        )
        .execute()
      await sql`DELETE FROM workers WHERE seen_at < now() - interval '7 days'`.execute(db)
    },
    async gone(name) {
      await db.deleteFrom('workers').where('name', '=', name).execute()
    },
    list: () =>
      db
        .selectFrom('workers')
        .select([
          'name',
          'queues',
          'started_at as startedAt',
          'seen_at as seenAt',
          'clock_skew_ms as clockSkewMs'
        ])
        .orderBy('name')
        .execute()
  }
}
