import { sql } from 'kysely'
import type { Catalog } from './catalog.ts'
import type { Database } from './database.ts'

/** What an administrator may change at run time. */
export function settings(db: Database): Catalog['settings'] {
  return {
    async get(key) {
      const row = await db
        .selectFrom('settings')
        .select('value')
        .where('key', '=', key)
        .executeTakeFirst()
      return row?.value
    },
    async set(key, value) {
      const json = JSON.stringify(value)
      await db
        .insertInto('settings')
        .values({ key, value: json })
        .onConflict(conflict =>
          conflict.column('key').doUpdateSet({ value: json, updated_at: sql<Date>`now()` })
        )
        .execute()
    }
  }
}
