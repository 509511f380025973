import {
  explainPgError,
  type PgTarget,
  qualified,
  readSchemaObjects,
  useStableText,
  withConnection
} from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import type pg from 'pg'
import { type DatabaseProperties, readDatabaseProperties } from './database-properties.ts'
import { type DatabaseFacts, readFacts, readSystemId } from './facts.ts'
import { resolveSelection, type Selection, selects } from './selection.ts'
import { listTables, type TableFact } from './tables.ts'
import { endTransactionTimeout } from './transaction-timeout.ts'

export interface Snapshot {
  /** For `pg_dump --snapshot` and `SET TRANSACTION SNAPSHOT`. */
  id: string
  lsn: string | null
  at: Date
  systemId: string | null
  facts: DatabaseFacts
  properties: DatabaseProperties
  /** With the partitions of every named table. */
  selection: Selection
  tables: TableFact[]
  /** MD5 of the definition of every object, for a drill to compare with. */
  schemaObjects: Record<string, string>
  /** The coordinator's own connection, inside the snapshot's transaction. */
  client: pg.Client
  /** Aborts when that connection is lost: the snapshot and the locks are gone with it. */
  lost: AbortSignal
}

export interface SnapshotOptions {
  lockTimeoutMs: number
  /** Which tables are locked and listed. */
  selection: Selection
  signal: AbortSignal
}

/**
 * Opens the transaction that everything of one backup reads in, holds ACCESS SHARE on every table so that none can be dropped
 * or rewritten meanwhile, and runs `work` inside it.
 * @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 */
export async function withSnapshot<T>(
  source: PgTarget,
  { lockTimeoutMs, selection: wanted, signal }: SnapshotOptions,
  work: (snapshot: Snapshot) => Promise<T>
): Promise<T> {
  return withConnection(source, async client => {
    const lost = new AbortController()
    client.once('end', () =>
      lost.abort(new AppError('PG_UNREACHABLE', 'The connection that held the snapshot was lost'))
    )
    await refuseTransactionPooling(client)
    const systemId = await readSystemId(client)
    await endTransactionTimeout(client)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    // Hidden rows must be an error, never a smaller backup.
    await client.query('SET LOCAL row_security = off')
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`)
    const { rows } = await client.query<{ id: string; lsn: string | null; at: Date }>(
      `SELECT pg_export_snapshot() AS id, now() AS at,
              CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn`
    )
    const facts = await readFacts(client)
    const properties = await readDatabaseProperties(client)
    const selection = await resolveSelection(client, wanted)
    const tables = (await listTables(client)).filter(selects(selection))
    await lockTables(client, tables, source)
    await client.query('SET LOCAL lock_timeout = 0')
    await useStableText(client, true)
    const schemaObjects = await readSchemaObjects(client)
    // Ending the connection is what stops a running query of ours; the error it gives is replaced by the reason.
    const end = () => void client.end().catch(() => {})
    signal.addEventListener('abort', end, { once: true })
    try {
      signal.throwIfAborted()
      return await work({
        ...rows[0]!,
        systemId,
        facts,
        properties,
        selection,
        tables,
        schemaObjects,
        client,
        lost: lost.signal
      })
    } finally {
      signal.removeEventListener('abort', end)
    }
  })
}

async function lockTables(client: pg.Client, tables: TableFact[], source: PgTarget) {
  const names = tables
    .filter(({ kind }) => kind !== 'm')
    .map(({ schema, name, kind }) => `${kind === 'r' ? 'ONLY ' : ''}${qualified(schema, name)}`)
  for (let i = 0; i < names.length; i += 100) {
    try {
      await client.query(`LOCK TABLE ${names.slice(i, i + 100).join(', ')} IN ACCESS SHARE MODE`)
    } catch (error) {
      throw explainPgError(error, source)
    }
  }
}

/** Behind a transaction pooler each statement may reach another backend, and a snapshot of one session means nothing. */
async function refuseTransactionPooling(client: pg.Client) {
  const pid = async () =>
    (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid
  const first = await pid()
  for (let i = 0; i < 3; i++) {
    if ((await pid()) !== first) {
      throw new AppError(
        'PG_UNREACHABLE',
        'The connection goes through a transaction pooler (pgbouncer)',
        { hint: 'Give the source the address of PostgreSQL itself.' }
      )
    }
  }
}
