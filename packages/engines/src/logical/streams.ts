import { createHash } from 'node:crypto'
import { ident, qualified } from '@resguardo/pg-tools'
import type { TableFact } from './tables.ts'

/** One COPY of one range of pages of one bulk table. */
export interface Stream {
  table: TableFact
  /** 1 … `parts`. */
  part: number
  parts: number
  /** First page, and the one after the last; null: to the end of the table. */
  fromPage: number
  toPage: number | null
  /** On the server, with TOAST; an estimate for a part. */
  bytes: number
}

export interface StreamRules {
  bulkThresholdBytes: number
  streamBytes: number
  serverMajor: number
}

/** Beyond these the rest stays in the archive, and the pieces become larger: a repository of a million objects helps nobody. */
const MAX_BULK_TABLES = 4_000
const MAX_STREAMS = 8_000

/**
 * Which tables are bulk and how they are cut, largest first, so that the last stream to end is a small one.
 * PostgreSQL before 14 reads a whole table for any range of ctid, so there a table is one stream.
 * @see https://www.postgresql.org/docs/14/release-14.html (TID range scans)
 */
export function planStreams(tables: TableFact[], rules: StreamRules): Stream[] {
  const { bulkThresholdBytes, serverMajor } = rules
  const bulk = tables
    .filter(({ plain, bytes }) => plain && bytes >= bulkThresholdBytes)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_BULK_TABLES)
  const total = bulk.reduce((sum, { bytes }) => sum + bytes, 0)
  const streamBytes = Math.max(rules.streamBytes, total / (MAX_STREAMS - bulk.length))
  return bulk
    .flatMap(table => cut(table, serverMajor < 14 ? 1 : Math.ceil(table.bytes / streamBytes)))
    .sort((a, b) => b.bytes - a.bytes)
}

function cut(table: TableFact, wanted: number): Stream[] {
  const { pages, bytes } = table
  const parts = Math.max(1, Math.min(wanted, pages))
  return Array.from({ length: parts }, (_, i) => ({
    table,
    part: i + 1,
    parts,
    fromPage: Math.floor((i * pages) / parts),
    toPage: i + 1 === parts ? null : Math.floor(((i + 1) * pages) / parts),
    bytes: bytes / parts
  }))
}

/**
 * The statement that copies a stream's rows out. The last range has no end: pages added since they were counted hold no row
 * of the snapshot, but a bound would have to be proven.
 */
export function copyOut({ table, part, parts, fromPage, toPage }: Stream): string {
  const name = qualified(table.schema, table.name)
  const columns = columnList(table.columns)
  if (parts === 1) return `COPY ${name} (${columns}) TO STDOUT`
  const bounds = [
    part > 1 ? `ctid >= '(${fromPage},0)'::tid` : '',
    toPage === null ? '' : `ctid < '(${toPage},0)'::tid`
  ].filter(Boolean)
  return `COPY (SELECT ${columns} FROM ONLY ${name} WHERE ${bounds.join(' AND ')}) TO STDOUT`
}

/** Key of a stream's object: readable, and unique whatever characters the names have. */
export function streamKey({ table: { schema, name }, part }: Stream): string {
  const plain = `${schema}.${name}`
  const slug = plain.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 100)
  const unique =
    slug === plain && schema.indexOf('.') < 0 && name.indexOf('.') < 0
      ? slug
      : `${slug}-${createHash('sha256')
          .update(JSON.stringify([schema, name]))
          .digest('hex')
          .slice(0, 8)}`
  return `data/${unique}.${String(part).padStart(4, '0')}.copy.zst.age`
}

export const columnList = (columns: string[]) => columns.map(ident).join(', ')
