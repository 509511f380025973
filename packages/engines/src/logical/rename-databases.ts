import { explainPgError, ident, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'

export interface Rename {
  from: string
  to: string
}

const TRIES = 5
const END_SESSIONS_EVERY_MS = 100

/**
 * Renames databases in one transaction: all of them or none, also when this process dies. The first rename takes the
 * database's lock, so that new clients wait; a second connection ends the sessions that are still there. A client that
 * waited is told that the database was renamed, and finds the new one when it connects again.
 * @see https://www.postgresql.org/docs/current/sql-alterdatabase.html
 */
export async function renameAll(maintenance: PgTarget, renames: Rename[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await renameOnce(maintenance, renames)
    } catch (error) {
      const { code } = (error as { cause?: { code?: string } }).cause ?? {}
      const names = renames.map(({ from }) => JSON.stringify(from)).join(', ')
      if (code === '42P04')
        throw new AppError('RESTORE_TARGET_EXISTS', `A database of the new name exists: ${names}`, {
          cause: error
        })
      if (code !== '55006') throw error
      if (attempt === TRIES)
        throw new AppError('RESTORE_TARGET_BUSY', `Sessions keep ${names} in use`, { cause: error })
    }
  }
}

async function renameOnce(maintenance: PgTarget, renames: Rename[]) {
  await withConnection(maintenance, ending =>
    withConnection(maintenance, async client => {
      const names = renames.map(({ from }) => from)
      const endSessions = () =>
        ending
          .query(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1)',
            [names]
          )
          .catch(() => {}) // the rename says that they are still there
      const timer = setInterval(endSessions, END_SESSIONS_EVERY_MS)
      try {
        await client.query('BEGIN')
        for (const { from, to } of renames)
          await client.query(`ALTER DATABASE ${ident(from)} RENAME TO ${ident(to)}`)
        await client.query('COMMIT')
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw explainPgError(error, maintenance)
      } finally {
        clearInterval(timer)
      }
    })
  )
}

/** `shop` → `shop_before_20261121t020304`, cut to what PostgreSQL takes (63 bytes). */
export function datedName(database: string, why: 'before' | 'undone', now: Date): string {
  const stamp = now
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .toLowerCase()
  const suffix = `_${why}_${stamp}`
  let base = database
  while (Buffer.byteLength(base + suffix) > 63) base = base.slice(0, -1)
  return base + suffix
}
