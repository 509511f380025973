import { type PgTarget, withConnection } from '@resguardo/pg-tools'

/**
 * Tables that hold rows, with their TOAST, as far as they are not a user's own unlogged ones: PostgreSQL makes no WAL for rows of
 * a table whose persistence is `u`. Setting it here leaves an empty table as it is, `ALTER TABLE … SET LOGGED` would write all
 * rows once more.
 * @see https://www.postgresql.org/docs/current/catalog-pg-class.html
 */
const SET_UNLOGGED = `
  WITH tables AS (
    SELECT oid, reltoastrelid FROM pg_class
    WHERE relkind = 'r' AND relpersistence = 'p' AND oid >= 16384 AND relnamespace <> 'pg_catalog'::regnamespace)
  UPDATE pg_class SET relpersistence = 'u'
  WHERE oid IN (SELECT oid FROM tables UNION SELECT reltoastrelid FROM tables
                UNION SELECT indexrelid FROM pg_index JOIN tables ON indrelid = reltoastrelid)
  RETURNING oid`

const SET_LOGGED = `UPDATE pg_class SET relpersistence = 'p' WHERE oid = ANY ($1)`

/**
 * Fills the empty tables of a database without WAL, several connections into one table, too; afterwards they are what they were.
 * Only for a cluster that is thrown away: after a crash of its server the rows are gone. Needs a superuser.
 */
export async function withoutWal(database: PgTarget, fill: () => Promise<unknown>): Promise<void> {
  const { rows } = await withConnection(database, client =>
    client.query<{ oid: number }>(SET_UNLOGGED)
  )
  await fill()
  await withConnection(database, client => client.query(SET_LOGGED, [rows.map(({ oid }) => oid)]))
}
