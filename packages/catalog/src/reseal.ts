import type { Database } from './database.ts'
import type { Sealer } from './seal.ts'

/** Seals every stored secret under the current key, all or none. Returns how many were changed. */
export function resealSecrets(db: Database, sealer: Sealer): Promise<number> {
  return db.transaction().execute(async trx => {
    let changed = 0
    for (const table of ['sources', 'repositories', 'channels'] as const) {
      const rows = await trx
        .selectFrom(table)
        .select(['id', 'secret'])
        .where('secret', 'is not', null)
        .forUpdate()
        .execute()
      for (const { id, secret } of rows) {
        const sealed = sealer.reseal(secret!, `${table}/${id}`)
        if (!sealed) continue
        await trx.updateTable(table).set({ secret: sealed }).where('id', '=', id).execute()
        changed++
      }
    }
    return changed
  })
}
