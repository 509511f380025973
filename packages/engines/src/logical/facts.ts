import type pg from 'pg'

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
  const { rows: roles } = await client.query<{ name: string }>(rolesQuery)
  return {
    ...rows[0]!,
    serverVersion: text,
    serverVersionNum: num,
    extensions,
    roles: roles.map(({ name }) => name)
  }
}

function localeColumns(versionNum: number) {
  if (versionNum < 150_000)
    return `'c' AS "localeProvider", NULL AS "icuLocale", NULL AS "collationVersion", NULL AS "collationVersionNow"`
  return `d.datlocprovider::text AS "localeProvider", d.${versionNum < 170_000 ? 'daticulocale' : 'datlocale'} AS "icuLocale",
          d.datcollversion AS "collationVersion", pg_database_collation_actual_version(d.oid) AS "collationVersionNow"`
}

/** Owners and grantees. pg_shdepend leaves the bootstrap superuser out, so owners are asked for as well. */
const rolesQuery = `
  SELECT DISTINCT r.rolname AS name FROM pg_roles r
  WHERE r.rolname !~ '^pg_' AND (
    r.oid IN (SELECT refobjid FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
              AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
              AND (dbid <> 0 OR (classid = 'pg_database'::regclass AND objid = (SELECT oid FROM pg_database WHERE datname = current_database()))))
    OR r.oid IN (SELECT relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
    OR r.oid IN (SELECT proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
    OR r.oid IN (SELECT nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public'))
    OR r.oid IN (SELECT setrole FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database())
    OR r.oid IN (SELECT datdba FROM pg_database WHERE datname = current_database()))
  ORDER BY 1`
