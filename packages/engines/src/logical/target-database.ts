import { dropDatabase, ident, literal, type PgTarget, withConnection } from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import { applyDatabaseProperties, type DatabaseProperties } from './database-properties.ts'
import { renameAll } from './rename-databases.ts'

/** Restores fill a database of this name and rename it at the end, so that nothing half-made stands under the wanted name. */
const prefixOf = (restoreId: string) =>
  `resguardo_restore_${restoreId.replaceAll('-', '').slice(0, 16)}_`

/** Name of the database that this attempt fills. */
export const stagingName = (restoreId: string, attempt: string) => prefixOf(restoreId) + attempt

/** Drops what interrupted attempts of the same restore left. Sessions in them are ended. */
export async function dropStaging(maintenance: PgTarget, restoreId: string): Promise<void> {
  const { rows } = await withConnection(maintenance, client =>
    client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefixOf(restoreId)]
    )
  )
  for (const { name } of rows) await dropDatabase(maintenance, name)
}

/** An empty database with the encoding and locale of the one that was backed up. */
export async function createStaging(
  maintenance: PgTarget,
  name: string,
  { source }: Manifest,
  serverMajor: number
): Promise<void> {
  const icu = source.localeProvider === 'i' && source.icuLocale
  const parts = [
    `CREATE DATABASE ${ident(name)} TEMPLATE template0 ENCODING ${literal(source.encoding)}`,
    `LC_COLLATE ${literal(source.collate)} LC_CTYPE ${literal(source.ctype)}`,
    icu ? `LOCALE_PROVIDER icu ICU_LOCALE ${literal(icu)}` : '',
    icu && source.icuRules ? `ICU_RULES ${literal(source.icuRules)}` : '',
    source.localeProvider === 'b' && serverMajor >= 17 && source.icuLocale
      ? `LOCALE_PROVIDER builtin BUILTIN_LOCALE ${literal(source.icuLocale)}`
      : ''
  ]
  await withConnection(maintenance, client => client.query(parts.join(' ')))
}

/** Creates roles without login; one that appeared meanwhile is no error. */
export async function createRoles(maintenance: PgTarget, roles: string[]): Promise<void> {
  await withConnection(maintenance, async client => {
    for (const role of roles) {
      await client.query(`CREATE ROLE ${ident(role)} NOLOGIN`).catch(error => {
        if (error.code !== '42710') throw error
      })
    }
  })
}

const commentOf = (restoreId: string) => `Restored by Resguardo, restore ${restoreId}`

/** Whether this restore already gave the database its name: its worker died after that and before it could say so. */
export async function isPublished(
  maintenance: PgTarget,
  database: string,
  restoreId: string
): Promise<boolean> {
  const { rows } = await withConnection(maintenance, client =>
    client.query<{ comment: string | null }>(
      `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
      [database]
    )
  )
  return rows[0]?.comment === commentOf(restoreId)
}

export interface Publication {
  staging: string
  database: string
  owner: string | null
  properties: DatabaseProperties | undefined
  /** Whether a role exists on the target and may be named. */
  roles: (name: string) => boolean
  restoreId: string
  /** New name of the database that is replaced; undefined: the wanted name must be free. */
  replacing: string | undefined
}

/**
 * Gives the finished database its owner, its settings and grants, a comment that says where it comes from, and its name.
 * With `replacing`, the database that has the name now gets that other name in the same transaction.
 * @throws RESTORE_TARGET_EXISTS where the name was taken meanwhile; RESTORE_TARGET_BUSY where clients could not be held off
 */
export async function publish(maintenance: PgTarget, publication: Publication): Promise<void> {
  const { staging, database, owner, properties, roles, restoreId, replacing } = publication
  await withConnection(maintenance, async client => {
    await client.query(`COMMENT ON DATABASE ${ident(staging)} IS ${literal(commentOf(restoreId))}`)
    if (owner) await client.query(`ALTER DATABASE ${ident(staging)} OWNER TO ${ident(owner)}`)
    if (properties) await applyDatabaseProperties(client, staging, properties, roles)
  })
  const steps = [
    ...(replacing ? [{ from: database, to: replacing }] : []),
    { from: staging, to: database }
  ]
  await renameAll(maintenance, steps)
}
