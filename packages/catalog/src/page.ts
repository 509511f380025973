import { AppError } from '@resguardo/shared'
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Page, PageQuery } from './catalog.ts'
import type { Tables } from './tables.ts'

/** The cursor is the id of the last row seen; its position is looked up again, so equal times cannot lose or repeat rows. */
const encode = (id: string | number) => Buffer.from(String(id)).toString('base64url')

function decode(cursor: string, table: keyof Tables) {
  const id = Buffer.from(cursor, 'base64url').toString('utf8')
  const shape =
    table === 'backups'
      ? /^[0-9A-Za-z-]{1,80}$/
      : table === 'audit_log'
        ? /^\d{1,15}$/
        : /^[0-9a-f-]{36}$/
  if (!shape.test(id))
    throw new AppError('CURSOR_INVALID', 'The cursor is not one that this list gave')
  return id
}

interface Order {
  table: keyof Tables
  /** Sort columns; the last one is unique. */
  columns: string[]
  direction: 'asc' | 'desc'
}

export const newestFirst = (table: keyof Tables): Order => ({
  table,
  columns: ['created_at', 'id'],
  direction: 'desc'
})

/** One page of `query` in the given order, mapped to what the API of the catalog shows. */
export async function readPage<Row extends { id: string | number }, T>(
  query: SelectQueryBuilder<Tables, keyof Tables, Row>,
  { limit, cursor }: PageQuery,
  { table, columns, direction }: Order,
  map: (row: Row) => T
): Promise<Page<T>> {
  const names = sql.join(columns.map(column => sql.ref(`${table}.${column}`)))
  let paged = query
  if (cursor !== undefined) {
    const last = sql`(SELECT ${names} FROM ${sql.table(table)} WHERE id = ${decode(cursor, table)})`
    paged = paged.where(
      sql<boolean>`(${names}) ${sql.raw(direction === 'asc' ? '>' : '<')} ${last}`
    )
  }
  for (const column of columns) paged = paged.orderBy(sql.ref(`${table}.${column}`), direction)
  const rows = (await paged.limit(limit + 1).execute()) as Row[]
  const items = rows.slice(0, limit)
  return {
    items: items.map(map),
    nextCursor: rows.length > limit ? encode(items.at(-1)!.id) : undefined
  }
}
