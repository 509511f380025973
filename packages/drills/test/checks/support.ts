import type { DrillCheck } from '@resguardo/domain'
import { DrillCheck as DrillCheckSchema } from '@resguardo/domain'
import { countRows, listTables } from '@resguardo/engines'
import {
  findClientPrograms,
  type PgTarget,
  readSchemaObjects,
  readTableContent,
  useStableText,
  withConnection
} from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import type { Test } from 'tap'
import { Value } from 'typebox/value'
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts'
import type { CheckContext, Exposed } from '../../src/check.ts'
import { type CheckRecord, runChecks } from '../../src/run-checks.ts'

export const clients = await findClientPrograms()

export const targetOf = ({ connection, password }: TestDatabase): PgTarget => ({
  ...connection,
  password
})

/** What a backup of the database as it is now would say of it. */
export function manifestOf(database: PgTarget, change: object = {}): Promise<Manifest> {
  return withConnection(database, async client => {
    await useStableText(client)
    const tables: Manifest['tables'] = []
    for (const { schema, name, kind, bytes } of await listTables(client)) {
      const { hash } = await readTableContent(client, { schema, name, kind })
      const rows = await countRows(client, { schema, name, kind })
      tables.push({ schema, name, kind, bytes, rows, contentHash: hash })
    }
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int AS num, (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects`
    )
    return {
      id: '20261120T020000Z-logical-7f3k2m',
      source: { serverVersionNum: rows[0].num },
      snapshot: { lsn: null, at: '2026-11-20T02:00:00.000Z' },
      tables,
      contentHashVersion: 2,
      largeObjects: rows[0].objects,
      roles: ['postgres'],
      schemaObjects: await readSchemaObjects(client),
      ...change
    } as unknown as Manifest
  })
}

export interface Scene {
  database: TestDatabase
  context: CheckContext
  /** How often the database was opened for a program, and closed again. */
  opened: { open: number; closed: number }
}

/** A restored database, and the manifest of its backup, taken before `fault`. */
export async function startScene(
  t: Test,
  sql: string,
  change: Partial<CheckContext> = {},
  fault = ''
): Promise<Scene> {
  const database = await createDatabase(t, sql)
  const target = targetOf(database)
  const opened = { open: 0, closed: 0 }
  const context: CheckContext = {
    database: target,
    manifest: await manifestOf(target),
    warnings: [],
    clients,
    jobs: 3,
    signal: new AbortController().signal,
    programsDir: undefined,
    expose: () => expose(database, opened),
    ...change
  }
  if (fault) await database.query(fault)
  return { database, context, opened }
}

async function expose(
  { url, connection, password }: TestDatabase,
  opened: Scene['opened']
): Promise<Exposed> {
  opened.open += 1
  return {
    url,
    env: {
      DATABASE_URL: url,
      PGHOST: connection.host,
      PGPORT: String(connection.port),
      PGUSER: connection.user,
      PGDATABASE: connection.database,
      PGPASSWORD: password
    },
    close: async () => {
      opened.closed += 1
    }
  }
}

/** A check as a plan has it, with the defaults of the options that are left out. */
export const checkOf = (check: { kind: DrillCheck['kind'] } & Record<string, unknown>) =>
  Value.Parse(DrillCheckSchema, Value.Default(DrillCheckSchema, { ...check })) as DrillCheck

export async function outcomeOf(
  context: CheckContext,
  check: Parameters<typeof checkOf>[0]
): Promise<CheckRecord> {
  const [record] = await runChecks(context, [checkOf(check)])
  return record!
}
