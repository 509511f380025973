import { type PgTarget, withConnection } from '@resguardo/pg-tools'
import { asAppError } from '@resguardo/shared'

/** A database of the target's server to connect to for CREATE DATABASE; the one to restore need not exist. */
export async function maintenanceTarget(target: PgTarget): Promise<PgTarget> {
  let missing: unknown
  for (const database of ['postgres', 'template1']) {
    try {
      return await withConnection({ ...target, database }, async () => ({ ...target, database }))
    } catch (error) {
      if (asAppError(error).code !== 'PG_DATABASE_MISSING') throw error
      missing = error
    }
  }
  throw missing
}

export async function databaseExists(maintenance: PgTarget, name: string): Promise<boolean> {
  const { rowCount } = await withConnection(maintenance, client =>
    client.query('SELECT FROM pg_database WHERE datname = $1', [name])
  )
  return rowCount === 1
}
