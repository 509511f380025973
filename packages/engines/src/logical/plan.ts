import { statfs } from 'node:fs/promises'
import {
  makeRestorePlan,
  type PlanProblem,
  type RestoreFacts,
  type RestorePlan
} from '@resguardo/domain'
import { chooseClient, majorOf, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { runPipeline } from '@resguardo/processes'
import { explainAge, type Manifest } from '@resguardo/repository'
import { type AppError, asAppError } from '@resguardo/shared'
import type pg from 'pg'
import type { RestoreContext } from '../engine.ts'
import { maintenanceTarget } from './maintenance.ts'
import { holdsRows } from './tables.ts'

/** Looks at the backup, this worker and the target server, and changes nothing. @throws what connecting to the target throws */
export async function plan(context: RestoreContext): Promise<RestorePlan> {
  const { manifest, target, options, clients, measuredRate } = context
  const serverMajor = majorOf(manifest.source.serverVersionNum)
  const server = await withConnection(await maintenanceTarget(target), client =>
    readServer(client, target, manifest)
  )
  return makeRestorePlan({
    backup: {
      id: manifest.id,
      finishedAt: manifest.finishedAt,
      serverMajor,
      plainBytes: sum(manifest.objects.map(o => o.plainBytes)),
      storedBytes: sum(manifest.objects.map(o => o.bytes)),
      databaseBytes: manifest.databaseBytes,
      tables: manifest.tables.length,
      rows: sum(manifest.tables.filter(holdsRows).map(table => table.rows)),
      extensions: manifest.extensions.map(({ name }) => name),
      collationVersion: manifest.source.collationVersion ?? null,
      warnings: manifest.warnings ?? []
    },
    ...server,
    client: clientVersion(clients, Number.parseInt(manifest.tool.pgDumpVersion, 10)),
    objects: (await problemOf(() => context.repository.checkObjects(manifest))) ?? 'present',
    identity: (await problemOf(() => tryIdentity(context))) ?? 'opens',
    options: { missingRoles: options.missingRoles, mode: options.mode },
    measuredRate
  })
}

async function readServer(
  client: pg.Client,
  target: PgTarget,
  manifest: Manifest
): Promise<Pick<RestoreFacts, 'target' | 'missingRoles' | 'missingExtensions'>> {
  const { rows } = await client.query<{
    versionNum: number
    exists: boolean
    owns: boolean
    createdb: boolean
    createrole: boolean
  }>(
    `SELECT current_setting('server_version_num')::int AS "versionNum",
            EXISTS (SELECT 1 FROM pg_database WHERE datname = $1) AS exists,
            EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND pg_has_role(datdba, 'USAGE')) AS owns,
            rolcreatedb OR rolsuper AS createdb, rolcreaterole OR rolsuper AS createrole
     FROM pg_roles WHERE rolname = current_user`,
    [target.database]
  )
  const { versionNum, exists, owns, createdb, createrole } = rows[0]!
  const missing = async (wanted: string[], from: string) =>
    (
      await client.query<{ name: string }>(
        `SELECT name FROM unnest($1::text[]) AS w(name) WHERE name NOT IN (${from}) ORDER BY 1`,
        [wanted]
      )
    ).rows.map(({ name }) => name)
  return {
    target: {
      host: target.host,
      port: target.port,
      database: target.database,
      serverMajor: majorOf(versionNum),
      databaseExists: exists,
      ownsDatabase: owns,
      mayCreateDatabase: createdb,
      mayCreateRoles: createrole,
      freeBytes: await freeBytes(client, target),
      collationVersion: await collationVersion(client, versionNum, manifest)
    },
    missingRoles: await missing(manifest.roles, 'SELECT rolname FROM pg_roles'),
    missingExtensions: await missing(
      manifest.extensions.map(({ name }) => name),
      'SELECT name FROM pg_available_extensions'
    )
  }
}

/** Of the server's own library for the backup's locale; databases know theirs since PostgreSQL 15. */
async function collationVersion(client: pg.Client, versionNum: number, { source }: Manifest) {
  if (versionNum < 150_000 || !source.collationVersion) return null
  const { rows } = await client.query<{ version: string | null }>(
    `SELECT pg_database_collation_actual_version(d.oid) AS version FROM pg_database d, to_jsonb(d) AS j
     WHERE d.datlocprovider::text = $1 AND d.datcollate = $2
       AND coalesce(j ->> 'datlocale', j ->> 'daticulocale') IS NOT DISTINCT FROM $3 LIMIT 1`,
    [source.localeProvider, source.collate, source.icuLocale]
  )
  return rows[0]?.version ?? null
}

/** Free bytes of the data directory where the server runs on this host and may be looked at; null elsewhere. */
async function freeBytes(client: pg.Client, { host }: PgTarget): Promise<number | null> {
  if (!host.startsWith('/') && !['localhost', '127.0.0.1', '::1'].includes(host)) return null
  try {
    const { rows } = await client.query<{ dir: string }>(
      `SELECT current_setting('data_directory') AS dir`
    )
    const { bavail, bsize } = await statfs(rows[0]!.dir)
    return bavail * bsize
  } catch {
    return null
  }
}

/** Opens the smallest object to its end: proves that an identity fits before anything is created. */
async function tryIdentity({ repository, manifest, signal }: RestoreContext) {
  const smallest = manifest.objects.toSorted((a, b) => a.bytes - b.bytes)[0]!
  const stages = await repository.openingStages()
  try {
    for await (const _ of runPipeline(stages, {
      signal,
      input: repository.read(manifest, smallest, signal)
    })) {
      // only the exit codes matter
    }
  } catch (error) {
    throw explainAge(error)
  }
}

async function problemOf(work: () => Promise<unknown>): Promise<PlanProblem | undefined> {
  try {
    await work()
  } catch (error) {
    const { code, message, hint } = asAppError(error) as AppError
    return { code, message, hint }
  }
  return undefined
}

function clientVersion(clients: RestoreContext['clients'], atLeast: number) {
  try {
    return chooseClient(clients, atLeast).version
  } catch {
    return null
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)
