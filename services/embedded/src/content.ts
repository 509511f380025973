import { qualified } from '@resguardo/pg-tools'
import type pg from 'pg'

export interface TableContent {
  table: string
  rows: number
  /** Order-free: the sum of a 64-bit hash of each row's text. */
  hash: string
}

/** Count and content hash of every table and materialised view, and of the large objects. */
export async function readContent(client: pg.Client): Promise<TableContent[]> {
  const { rows: tables } = await client.query<{ schema: string; name: string }>(`
    SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2`)
  const content: TableContent[] = []
  for (const { schema, name } of tables) {
    const { rows } = await client.query<{ rows: string; hash: string }>(
      `SELECT count(*) AS rows, coalesce(sum(hashtextextended((t.*)::text, 0)::numeric), 0)::text AS hash FROM ONLY ${qualified(schema, name)} t`
    )
    content.push({ table: `${schema}.${name}`, rows: Number(rows[0]!.rows), hash: rows[0]!.hash })
  }
  const { rows } = await client.query<{ rows: string; hash: string }>(
    `SELECT count(*) AS rows, coalesce(sum(hashtextextended(encode(lo_get(oid), 'hex'), 0)::numeric), 0)::text AS hash FROM pg_largeobject_metadata`
  )
  content.push({ table: '(large objects)', rows: Number(rows[0]!.rows), hash: rows[0]!.hash })
  return content
}
