import { listTables, type TableName } from '@resguardo/engines'
import { qualified } from '@resguardo/pg-tools'
import type { CheckContext } from '../check.ts'
import { withSession } from './session.ts'

/** For comparing: unambiguous whatever characters the names have. */
export const keyOf = ({ schema, name }: TableName) => qualified(schema, name)

/** For people. */
export const labelOf = ({ schema, name }: TableName) => `${schema}.${name}`

/** What the restored database has of the kinds of tables that a manifest lists, by `keyOf`. */
export async function presentTables(context: CheckContext): Promise<Map<string, TableName>> {
  const tables = await withSession(context, listTables)
  return new Map(tables.map(table => [keyOf(table), table]))
}
