import type pg from 'pg'
import { qualified } from './quote.ts'

export interface TableContent {
  rows: number
  /** Sum of a 64-bit hash of every row's text: the same whatever the order of the rows. */
  hash: string
}

/** A row as text, by the version of the hash. In 1, a column called `t` is taken for the row; older backups are of that. */
const rowText = { 1: 't::text', 2: '(t.*)::text' }

/** Settings under which a row's text is the same on every server and for every role. */
const stableText = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  search_path: ''
}

/** Makes `readTableContent` comparable in this session, or in this transaction only where `local`. */
export async function useStableText(client: pg.Client, local = false): Promise<void> {
  for (const [name, value] of Object.entries(stableText))
    await client.query('SELECT set_config($1, $2, $3)', [name, value, local])
}

/** Exact count and content hash of one table, of itself only unless its kind is `p` (partitioned); reads every row. Call `useStableText` before. */
export async function readTableContent(
  client: pg.Client,
  { schema, name, kind }: { schema: string; name: string; kind?: string },
  version: keyof typeof rowText = 2
): Promise<TableContent> {
  const { rows } = await client.query<{ rows: string; hash: string }>(
    `SELECT count(*) AS rows, coalesce(sum(pg_catalog.hashtextextended(${rowText[version]}, 0)::numeric), 0)::text AS hash
     FROM ${kind === 'p' ? '' : 'ONLY '}${qualified(schema, name)} t`
  )
  return { rows: Number(rows[0]!.rows), hash: rows[0]!.hash }
}
