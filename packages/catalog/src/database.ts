import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { translate } from './errors.ts'
import type { Tables } from './tables.ts'

const INT8 = 20
const types = {
  // Byte counts and fences stay far below 2^53.
  getTypeParser: (oid: number, format?: unknown) =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
} as pg.CustomTypesConfig

export type Database = Kysely<Tables>

/** The pool and its query builder. A connection lost while idle is reported and replaced. */
export function openDatabase({
  url,
  connections,
  onError
}: {
  url: string
  connections: number
  onError: (error: Error) => void
}) {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    keepAlive: true,
    application_name: 'resguardo-catalog',
    types
  })
  pool.on('error', onError)
  // Also while a transaction holds it: the pool listens to idle connections only, and an unheard error ends the process.
  pool.on('connect', client => void client.on('error', onError))
  return { pool, db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }) }
}

/** Every method of a repository with database errors turned into ours. */
export function translated<T extends Record<string, (...args: never[]) => Promise<unknown>>>(
  methods: T
): T {
  const wrapped = Object.entries(methods).map(([name, method]) => [
    name,
    async (...args: never[]) => {
      try {
        return await method(...args)
      } catch (error) {
        throw translate(error)
      }
    }
  ])
  return Object.fromEntries(wrapped) as T
}
