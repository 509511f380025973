import { AppError, asAppError } from '@resguardo/shared'
import type { TableName } from './table-name.ts'

/** The same error, saying in which stream of which table it happened. */
export function inTable(
  error: unknown,
  { table, part, parts }: { table: TableName; part: number; parts: number }
): AppError {
  const { code, message, hint } = asAppError(error)
  return new AppError(
    code,
    `Table ${table.schema}.${table.name}, stream ${part} of ${parts}: ${message}`,
    { cause: error, hint }
  )
}
