import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import pg from 'pg'

const dir = fileURLToPath(new URL('../migrations', import.meta.url))
/** Any number that is ours: the services start together and only one may migrate. */
const LOCK = 7_236_451_902

/** Brings the catalog to the newest schema and returns the names of what was applied. Safe to call from several processes at once. */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000 })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK])
    const applied = await runner({
      dbClient: client,
      dir,
      direction: 'up',
      migrationsTable: 'schema_migrations',
      noLock: true,
      log: () => {}
    })
    return applied.map(({ name }) => name)
  } finally {
    await client.end()
  }
}
