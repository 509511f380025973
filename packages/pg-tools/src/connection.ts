import { AppError } from '@resguardo/shared'
import pg from 'pg'
import { explainPgError } from './explain.ts'

/** Where a database is and how to log in. `host` may be a directory: then its Unix socket is used. */
export interface PgTarget {
  host: string
  port: number
  user: string
  password?: string | undefined
  database: string
  sslMode: 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'
  /** Path of the CA's PEM file, for verify-ca and verify-full. */
  sslRootCertFile?: string | undefined
  /** The CA itself; the tools need the file, our own connections take this. */
  sslRootCert?: string | undefined
  /** Settings of the sessions, beside ours; the server must know them, or it refuses the connection. */
  settings?: Record<string, string>
}

/**
 * The environment that points libpq tools at a database: nothing secret in argv, no `~/.pgpass` by accident.
 * @see https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function pgEnv(target: PgTarget): Record<string, string> {
  return {
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGSSLMODE: target.sslMode,
    PGPASSFILE: '/dev/null',
    PGCONNECT_TIMEOUT: '15',
    PGAPPNAME: 'resguardo',
    ...(target.password === undefined ? {} : { PGPASSWORD: target.password }),
    ...(target.sslRootCertFile ? { PGSSLROOTCERT: target.sslRootCertFile } : {}),
    PGOPTIONS: optionsOf({ lock_timeout: '0', ...target.settings })
  }
}

/**
 * An open connection without timeouts. The caller ends it.
 * @throws PG_UNREACHABLE, PG_AUTH_FAILED, PG_DATABASE_MISSING
 */
export async function connect(target: PgTarget): Promise<pg.Client> {
  try {
    return await open(target, ssl(target))
  } catch (error) {
    if (target.sslMode !== 'prefer' || !/does not support SSL/.test(String(error)))
      throw explainPgError(error, target)
  }
  try {
    return await open(target, false)
  } catch (error) {
    throw explainPgError(error, target)
  }
}

/** Runs `work` with a connection and ends it whatever happens; database errors come out as AppError. */
export async function withConnection<T>(
  target: PgTarget,
  work: (client: pg.Client) => Promise<T>
): Promise<T> {
  const client = await connect(target)
  try {
    return await work(client)
  } catch (error) {
    throw error instanceof AppError ? error : explainPgError(error, target)
  } finally {
    await client.end().catch(() => {})
  }
}

async function open(target: PgTarget, sslOptions: pg.ClientConfig['ssl']) {
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.user,
    database: target.database,
    password: target.password ?? '',
    ssl: target.host.startsWith('/') ? false : (sslOptions ?? false),
    application_name: 'resguardo',
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    options: optionsOf(target.settings)
  })
  client.on('error', () => {}) // a lost connection also fails the query that needs it
  await client.connect()
  return client
}

/** What a role or a database may have been given and what would kill or garble our work is set back. */
function optionsOf(more: Record<string, string> = {}) {
  const settings = {
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    default_transaction_read_only: 'off',
    DateStyle: 'ISO',
    standard_conforming_strings: 'on',
    ...more
  }
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
    .join(' ')
}

function ssl({ sslMode, sslRootCert }: PgTarget): pg.ClientConfig['ssl'] {
  if (sslMode === 'disable') return false
  if (sslMode === 'prefer' || sslMode === 'require') return { rejectUnauthorized: false }
  const ca = sslRootCert ? { ca: sslRootCert } : {}
  // verify-ca checks who signed the certificate, not the host name.
  if (sslMode === 'verify-ca')
    return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }
  return { ...ca, rejectUnauthorized: true }
}
