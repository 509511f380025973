import { literal } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import type pg from 'pg'
import { parseTableName, sameTable, type TableName, tablePattern } from './table-name.ts'

/** Which part of a database is meant, as a user gives it; empty lists mean everything. */
export interface Selection {
  schemas: string[]
  excludeSchemas: string[]
  tables: string[]
  excludeTables: string[]
}

export const isPartial = ({ schemas, excludeSchemas, tables, excludeTables }: Selection) =>
  [schemas, excludeSchemas, tables, excludeTables].some(list => list.length > 0)

/** Whether a table belongs to the selection. @throws VALIDATION_FAILED for what is not schema.table */
export function selects(selection: Selection): (table: TableName) => boolean {
  const { schemas, excludeSchemas } = selection
  const only = selection.tables.map(parseTableName)
  const without = selection.excludeTables.map(parseTableName)
  return table => {
    if (excludeSchemas.includes(table.schema)) return false
    if (without.some(other => sameTable(other, table))) return false
    if (schemas.length === 0 && only.length === 0) return true
    return schemas.includes(table.schema) || only.some(other => sameTable(other, table))
  }
}

/** The selection with the partitions of every named table. @throws VALIDATION_FAILED where a name does not exist in the database */
export async function resolveSelection(
  client: pg.Client,
  selection: Selection
): Promise<Selection> {
  if (!isPartial(selection)) return selection
  for (const name of [...selection.schemas, ...selection.excludeSchemas]) {
    const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [name])
    if (rowCount === 0) throw unknown('schema', name)
  }
  return {
    ...selection,
    tables: await withPartitions(client, selection.tables),
    excludeTables: await withPartitions(client, selection.excludeTables)
  }
}

async function withPartitions(client: pg.Client, tables: string[]): Promise<string[]> {
  const found: string[] = []
  for (const text of tables) {
    const { schema, name } = parseTableName(text)
    const { rows } = await client.query<TableName>(
      `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.oid IN (
         SELECT coalesce(t.relid, r.oid) FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
         LEFT JOIN LATERAL pg_partition_tree(r.oid) t ON true
         WHERE rn.nspname = ${literal(schema)} AND r.relname = ${literal(name)} AND r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S'))`
    )
    if (rows.length === 0) throw unknown('table', text)
    found.push(...rows.map(tablePattern))
  }
  return [...new Set(found)]
}

const unknown = (what: string, name: string) =>
  new AppError('VALIDATION_FAILED', `There is no ${what} ${JSON.stringify(name)} in the source`, {
    hint: 'Correct the options of the backup; names are case-sensitive.'
  })
