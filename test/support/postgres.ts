import { randomBytes } from 'node:crypto'
import { findClientPrograms, freePort, startScratchCluster } from '@resguardo/pg-tools'
import pg from 'pg'
import type { Test } from 'tap'

/** The newest server programs installed here. */
export async function serverPrograms() {
  const clients = await findClientPrograms()
  const newest = clients.at(-1)
  if (!newest) throw new Error('No PostgreSQL programs: run infra/scripts/setup.sh --test')
  return newest
}

/** A cluster for all tests: durability off, many connections. */
export async function startServer(dir: string) {
  const { bin } = await serverPrograms()
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const cluster = await startScratchCluster({
    dir,
    bin,
    port,
    superuserPassword: password,
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      max_connections: '300',
      shared_buffers: '256MB',
      max_wal_size: '4GB',
      wal_level: 'logical'
    }
  })
  return {
    env: { TEST_PG_URL: `postgres://postgres:${password}@127.0.0.1:${port}/postgres` },
    stop: () => cluster.destroy()
  }
}

export function superuserUrl(database?: string) {
  const url = process.env.TEST_PG_URL
  if (!url) throw new Error('TEST_PG_URL is not set: run the tests through npm test')
  const parsed = new URL(url)
  if (database) parsed.pathname = `/${encodeURIComponent(database)}`
  return parsed.toString()
}

export async function query<T extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: unknown[] = []
): Promise<T[]> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const client = new pg.Client({
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: decodeURIComponent(pathname.slice(1))
  })
  await client.connect()
  try {
    return (await client.query<T>(sql, values)).rows
  } finally {
    await client.end()
  }
}

export interface TestDatabase {
  name: string
  url: string
  /** As the API takes it. */
  connection: { host: string; port: number; database: string; user: string; sslMode: 'disable' }
  password: string
  query<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>
}

/** A new database, filled with `sql`, dropped at the end of the test. */
export async function createDatabase(
  t: Test,
  sql = '',
  name = `test_${randomBytes(6).toString('hex')}`
): Promise<TestDatabase> {
  const admin = superuserUrl()
  await query(admin, `CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  t.teardown(() => dropDatabase(name))
  const url = superuserUrl(name)
  if (sql) await query(url, sql)
  const { hostname, port, username, password } = new URL(admin)
  return {
    name,
    url,
    connection: {
      host: hostname,
      port: Number(port),
      database: name,
      user: username,
      sslMode: 'disable'
    },
    password,
    query: (text, values = []) => query(url, text, values)
  }
}

export async function dropDatabase(name: string) {
  await query(superuserUrl(), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`)
}

/** Names of databases that begin with `prefix`. */
export async function databasesLike(prefix: string) {
  const rows = await query<{ datname: string }>(
    superuserUrl(),
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [prefix]
  )
  return rows.map(({ datname }) => datname)
}
