import { qualified } from '@resguardo/pg-tools'
import type pg from 'pg'

export interface TableFact {
  schema: string
  name: string
  /** `r`: table or leaf partition; `m`: populated materialised view. */
  kind: 'r' | 'm'
  bytes: number
}

/** Everything that holds rows of the user's own: not catalogs, temporary or foreign tables, nor what belongs to an extension. */
export async function listTables(client: pg.Client): Promise<TableFact[]> {
  const { rows } = await client.query<TableFact>(`
    SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, pg_table_size(c.oid)::float8 AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (c.relkind = 'r' OR (c.relkind = 'm' AND c.relispopulated)) AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, 2`)
  return rows
}

/** Exact number of rows of one table, of itself only (not of its children). */
export async function countRows(
  client: pg.Client,
  { schema, name }: { schema: string; name: string }
): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n FROM ONLY ${qualified(schema, name)}`
  )
  return Number(rows[0]!.n)
}
