import type pg from 'pg'
import { readRoles } from './roles.ts'

/** What a backup records of its database. */
export interface DatabaseFacts {
  serverVersion: string
  serverVersionNum: number
  database: string
  owner: string
  encoding: string
  collate: string
  ctype: string
  localeProvider: string
  icuLocale: string | null
  icuRules: string | null
  collationVersion: string | null
  /** Of the library that is installed now; another than `collationVersion` means that indexes on text may be wrong. */
  collationVersionNow: string | null
  isStandby: boolean
  databaseBytes: number
  isSuperuser: boolean
  largeObjects: number
  extensions: { name: string; version: string; schema: string }[]
  roles: string[]
}

/** The cluster's system identifier, or null where the role may not ask. Outside of a transaction: the refusal would end it. */
export async function readSystemId(client: pg.Client): Promise<string | null> {
  const result = await client
    .query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
    .catch(() => null)
  return result?.rows[0]?.id ?? null
}

export async function readFacts(client: pg.Client): Promise<DatabaseFacts> {
  const { rows: versions } = await client.query<{ num: number; text: string }>(
    `SELECT current_setting('server_version_num')::int AS num, current_setting('server_version') AS text`
  )
  const { num, text } = versions[0]!
  const { rows } = await client.query<
    Omit<DatabaseFacts, 'serverVersion' | 'serverVersionNum' | 'extensions' | 'roles'>
  >(`
    SELECT d.datname AS database, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
           d.datcollate AS collate, d.datctype AS ctype, ${localeColumns(num)},
           pg_database_size(d.oid)::float8 AS "databaseBytes",
           pg_is_in_recovery() AS "isStandby",
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
           (SELECT count(*)::int FROM pg_largeobject_metadata) AS "largeObjects"
    FROM pg_database d WHERE d.datname = current_database()`)
  const { rows: extensions } = await client.query<DatabaseFacts['extensions'][number]>(`
    SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1`)
  return {
    ...rows[0]!,
    serverVersion: text,
    serverVersionNum: num,
    extensions,
    roles: await readRoles(client)
  }
}

function localeColumns(versionNum: number) {
  if (versionNum < 150_000)
    return `'c' AS "localeProvider", NULL AS "icuLocale", NULL AS "icuRules", NULL AS "collationVersion", NULL AS "collationVersionNow"`
  return `d.datlocprovider::text AS "localeProvider", d.${versionNum < 170_000 ? 'daticulocale' : 'datlocale'} AS "icuLocale",
          ${versionNum < 160_000 ? 'NULL' : 'd.daticurules'} AS "icuRules", d.datcollversion AS "collationVersion", pg_database_collation_actual_version(d.oid) AS "collationVersionNow"`
}
