import { ident, literal, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'

const MARK = 'Made by Resguardo for the drill in '

/** The comment of the roles that a drill made on a server that is not ours: also a later attempt knows them by it. */
export const markOf = (database: string) => MARK + database

/** insufficient_privilege, reserved_name (pg_…) and duplicate_object: what the restore says of them is enough. */
const mayNotOrThere = new Set(['42501', '42939', '42710'])

/** Makes those that the server lacks, without login. Where the user may not make any, it is left to the restore's plan to say so. */
export async function makeRoles(server: PgTarget, roles: string[], mark: string): Promise<void> {
  await withConnection(server, async client => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT name FROM unnest($1::text[]) AS w(name) WHERE name NOT IN (SELECT rolname FROM pg_roles)',
      [roles]
    )
    for (const { name } of rows)
      await client
        .query(
          `CREATE ROLE ${ident(name)} NOLOGIN; COMMENT ON ROLE ${ident(name)} IS ${literal(mark)}`
        )
        .catch(error => {
          if (!mayNotOrThere.has(error.code)) throw error
        })
  })
}

/**
 * Drops the roles that were made for these databases, by their marks.
 * @throws RESTORE_TARGET_BUSY naming those that something else uses by now
 */
export async function dropRoles(
  server: PgTarget,
  isOurs: (database: string) => boolean
): Promise<void> {
  const refused: string[] = []
  await withConnection(server, async client => {
    const { rows } = await client.query<{ name: string; mark: string }>(
      `SELECT rolname AS name, shobj_description(oid, 'pg_authid') AS mark FROM pg_roles
       WHERE starts_with(shobj_description(oid, 'pg_authid'), $1)`,
      [MARK]
    )
    for (const { name, mark } of rows)
      if (isOurs(mark.slice(MARK.length)))
        await client
          .query(`DROP ROLE ${ident(name)}`)
          .catch(error => refused.push(`${name} (${error.message})`))
  })
  if (refused.length > 0)
    throw new AppError(
      'RESTORE_TARGET_BUSY',
      `Roles that the drill made could not be dropped: ${refused.join(', ')}`
    )
}
