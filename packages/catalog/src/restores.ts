import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { requireStored } from './backup-removal.ts'
import type { Catalog, Claim, Restore } from './catalog.ts'
import { requireClaim } from './claim.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import { insertRun } from './runs.ts'
import type { Tables } from './tables.ts'

export function restores(db: Database): Catalog['restores'] {
  return {
    create: ({ backupId, targetSourceId, targetDatabase, dryRun, options }, run) =>
      db.transaction().execute(async trx => {
        const id = randomUUID()
        await requireStored(trx, backupId)
        const created = await insertRun(trx, { ...run, restoreId: id, backupId })
        const row = await trx
          .insertInto('restores')
          .values({
            id,
            backup_id: backupId,
            run_id: created.id,
            target_source_id: targetSourceId,
            target_database: targetDatabase,
            dry_run: dryRun,
            options: JSON.stringify(options)
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        return { restore: toRestore(row), run: created }
      }),
    async get(id) {
      requireUuid(id, 'RESTORE_NOT_FOUND', 'Restore')
      const row = await db
        .selectFrom('restores')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw notFound('RESTORE_NOT_FOUND', 'Restore', id)
      return toRestore(row)
    },
    list: query =>
      readPage(db.selectFrom('restores').selectAll(), query, newestFirst('restores'), toRestore),
    setPlan: (id, plan, claim) => change(id, { plan: JSON.stringify(plan) }, claim),
    setResult: (id, result, claim) => change(id, { result: JSON.stringify(result) }, claim)
  }

  function change(id: string, values: { plan: string } | { result: string }, claim: Claim) {
    return db.transaction().execute(async trx => {
      await requireClaim(trx, claim)
      await trx.updateTable('restores').set(values).where('id', '=', id).execute()
    })
  }
}

const toRestore = (row: Selectable<Tables['restores']>): Restore => ({
  id: row.id,
  backupId: row.backup_id,
  runId: row.run_id,
  targetSourceId: row.target_source_id,
  targetDatabase: row.target_database,
  dryRun: row.dry_run,
  options: row.options,
  plan: row.plan,
  result: row.result,
  createdAt: row.created_at
})
