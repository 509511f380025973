import { ident, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { exposeDirectly } from './expose.ts'
import type { Place } from './place.ts'

/** A new database on a given server; dropped again unless it is to be kept. */
export async function stagingPlace(
  server: PgTarget,
  database: string,
  keep: boolean
): Promise<Place> {
  const maintenance = { ...server, database: 'postgres' }
  const serverVersion = await withConnection(maintenance, async client => {
    const { rows } = await client.query<{ v: string }>(
      `SELECT current_setting('server_version') AS v`
    )
    return rows[0]!.v
  })
  const target = { ...server, database }
  return {
    kind: 'staging',
    target,
    serverVersion,
    expose: () => exposeDirectly(target),
    warnings: async () => [],
    logTail: async () => [],
    async leave() {
      if (keep) return
      await withConnection(maintenance, client =>
        client.query(`DROP DATABASE IF EXISTS ${ident(database)} WITH (FORCE)`)
      )
    }
  }
}
