import { dropDatabase, type PgTarget } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import { databaseExists, maintenanceTarget } from './maintenance.ts'
import { datedName, renameAll } from './rename-databases.ts'

/**
 * Puts a replaced database back under its name. The one that was restored is kept under a dated name, which is returned.
 * Done twice, it changes nothing more.
 * @throws KEPT_DATABASE_MISSING where the replaced one is gone
 */
export async function undo(target: PgTarget, replaced: string, requestedAt: Date): Promise<string> {
  const maintenance = await maintenanceTarget(target)
  const undone = datedName(target.database, 'undone', requestedAt)
  if (await databaseExists(maintenance, undone)) return undone
  if (!(await databaseExists(maintenance, replaced)))
    throw new AppError('KEPT_DATABASE_MISSING', `Database ${JSON.stringify(replaced)} is gone`)
  await renameAll(maintenance, [
    { from: target.database, to: undone },
    { from: replaced, to: target.database }
  ])
  return undone
}

/** Drops a database that was kept after a swap. */
export async function dropKept(target: PgTarget, name: string): Promise<void> {
  await dropDatabase(await maintenanceTarget(target), name)
}
