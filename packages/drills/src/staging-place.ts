import { dropDatabase, majorOf, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { asAppError } from '@resguardo/shared'
import { exposeDirectly } from './lend-role.ts'
import type { Place } from './place.ts'
import { dropRoles, makeRoles, markOf } from './staging-roles.ts'

interface StagingOptions {
  /** Its user makes the database. */
  server: PgTarget
  /** Begins the database's name; of this drill alone. */
  drill: string
  /** Of this drill: higher than any earlier one's. */
  attempt: number
  /** Roles that the restored database needs; those that are missing are made and dropped with it. */
  roles: string[]
  keep: boolean
}

/**
 * A new database on a given server; dropped again, with what else the drill made there, unless it is to be kept. What earlier
 * attempts left goes, too, and never what a later one made: an attempt that was given up may still be running.
 */
export async function stagingPlace({
  server,
  drill,
  attempt,
  roles,
  keep
}: StagingOptions): Promise<Place> {
  const database = `${drill}_${attempt}`
  const { version, major } = await versionOf(inPostgres(server))
  const target = { ...server, database, settings: await sessionsOn(inPostgres(server), major) }
  const maintenance = inPostgres(target)
  const mark = markOf(database)
  const isOurs = (name: string) => {
    const end = name.lastIndexOf('_')
    return name.slice(0, end) === drill && Number(name.slice(end + 1)) <= attempt
  }
  const clear = async () => {
    for (const name of (await databasesOn(maintenance)).filter(isOurs))
      await dropDatabase(maintenance, name)
    await dropRoles(maintenance, isOurs)
  }
  await clear()
  await makeRoles(maintenance, roles, mark)
  return {
    kind: 'staging',
    target,
    serverVersion: version,
    expose: () => exposeDirectly(target, mark),
    warnings: async () => [],
    logTail: async () => [],
    async leave() {
      if (!keep) await clear()
    }
  }
}

const inPostgres = (server: PgTarget) => ({ ...server, database: 'postgres' })

const databasesOn = (maintenance: PgTarget) =>
  withConnection(maintenance, async client => {
    const { rows } = await client.query<{ name: string }>('SELECT datname AS name FROM pg_database')
    return rows.map(({ name }) => name)
  })

const versionOf = (maintenance: PgTarget) =>
  withConnection(maintenance, async client => {
    const { rows } = await client.query<{ version: string; num: number }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS num`
    )
    return { version: rows[0]!.version, major: majorOf(rows[0]!.num) }
  })

/**
 * Reading gives every row or an error, never a part, whatever row level security there is. Event triggers, also of the login,
 * are off where the user may say so.
 */
async function sessionsOn(maintenance: PgTarget, major: number): Promise<Record<string, string>> {
  if (major < 17) return { row_security: 'off' }
  const settings = { row_security: 'off', transaction_timeout: '0' }
  const quiet = { ...settings, event_triggers: 'off' }
  try {
    return await withConnection({ ...maintenance, settings: quiet }, async () => quiet)
  } catch (error) {
    if (asAppError(error).code !== 'PG_PRIVILEGE_MISSING') throw error
    return settings
  }
}
