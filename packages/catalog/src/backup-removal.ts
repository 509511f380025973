import { AppError } from '@resguardo/shared'
import { sql } from 'kysely'
import type { Catalog, RemovalObstacle } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound } from './errors.ts'
import { activeHold, inUse } from './retention-rows.ts'

/**
 * Marks a backup for removal unless something stands against it. The row is locked first and looked at in a second statement:
 * a hold or a restore that was being written when we came is then seen.
 */
export const markRemoving = (
  db: Database,
  id: string,
  removal: { reasons: string[]; by: string }
): ReturnType<Catalog['backups']['markRemoving']> =>
  db.transaction().execute(async trx => {
    const locked = await trx
      .selectFrom('backups')
      .select('state')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!locked) throw notFound('BACKUP_NOT_FOUND', 'Backup', id)
    if (locked.state === 'removing' || locked.state === 'removed') return undefined
    const obstacle = await obstacleOf(trx, id)
    if (obstacle) return obstacle
    await trx
      .updateTable('backups')
      .set({
        state: 'removing',
        removal: JSON.stringify(removal),
        removing_since: sql<Date>`now()`
      })
      .where('id', '=', id)
      .execute()
    return undefined
  })

/** Keeps a backup from being marked until the transaction ends. @throws BACKUP_NOT_FOUND, BACKUP_REMOVED */
export async function requireStored(trx: Database, id: string): Promise<void> {
  const row = await trx
    .selectFrom('backups')
    .select('state')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw notFound('BACKUP_NOT_FOUND', 'Backup', id)
  if (row.state === 'removing' || row.state === 'removed')
    throw new AppError('BACKUP_REMOVED', `Backup ${id} is ${row.state}`)
}

async function obstacleOf(trx: Database, id: string): Promise<RemovalObstacle | undefined> {
  const row = await trx
    .selectFrom('backups')
    .select([
      activeHold.as('hold'),
      sql<boolean>`coalesce(locked_until > now(), false)`.as('locked'),
      sql<boolean>`coalesce(keep_until > now(), false)`.as('kept'),
      inUse.as('inUse'),
      sql<boolean>`state = 'available' AND NOT EXISTS (
        SELECT FROM backups o WHERE o.source_id = backups.source_id AND o.repository_id = backups.repository_id
          AND o.kind = backups.kind AND o.state = 'available' AND o.id <> backups.id)`.as(
        'lastGood'
      )
    ])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  if (row.hold) return 'hold'
  if (row.locked) return 'locked'
  if (row.kept) return 'keep-until'
  if (row.inUse) return 'in-use'
  return row.lastGood ? 'last-good' : undefined
}
