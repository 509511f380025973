import { randomBytes } from 'node:crypto'
import { access, chmod, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OWNER_FILE } from '@resguardo/engines'
import {
  type ClientPrograms,
  freePort,
  majorOf,
  type PgTarget,
  startScratchCluster,
  withConnection
} from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import { AppError } from '@resguardo/shared'
import { exposeOverTcp } from './expose.ts'
import type { Place } from './place.ts'
import type { ScratchMemory } from './scratch-memory.ts'
import { scratchSettings } from './scratch-settings.ts'

export const SCRATCH_PREFIX = 'resguardo-drill-'

/** What a database may set to the contrary, and what its login triggers would do. */
const sessions = (major: number) => ({
  log_statement: 'none',
  log_min_duration_statement: '-1',
  ...(major >= 17 ? { event_triggers: 'off', transaction_timeout: '0' } : {})
})

const LOG_LINES = 30
/** The restored database, its indexes while they are built, and WAL. */
const SPACE_FACTOR = 1.3
const SPACE_MARGIN = 200_000_000

export interface ScratchOptions {
  manifest: Manifest
  clients: ClientPrograms[]
  /** Where the cluster's directory is made. */
  dir: string
  owner: string
  database: string
  /** Starts the cluster's programs, such as `nice -n 10`. */
  launcher: string[]
  memory: ScratchMemory
}

/**
 * A throw-away cluster of the backup's own major, reachable through a Unix socket in its directory only.
 * @throws PG_SERVER_MISSING, DRILL_NO_SPACE
 */
export async function scratchPlace(options: ScratchOptions): Promise<Place> {
  const { manifest, clients, database, launcher, memory } = options
  const major = majorOf(manifest.source.serverVersionNum)
  const bin = await serverPrograms(clients, major)
  await requireSpace(options.dir, manifest.databaseBytes)
  const dir = await mkdtemp(join(options.dir, SCRATCH_PREFIX))
  const superuserPassword = randomBytes(24).toString('base64url')
  try {
    // The server runs as another user where we are root: it must get through, and see nothing.
    await chmod(dir, 0o711)
    await writeFile(join(dir, OWNER_FILE), options.owner)
    const cluster = await startScratchCluster({
      dir: join(dir, 'c'),
      bin,
      port: await freePort(),
      superuserPassword,
      launcher,
      settings: scratchSettings(memory)
    })
    const target: PgTarget = {
      host: join(dir, 'c'),
      port: cluster.port,
      user: 'postgres',
      password: superuserPassword,
      database,
      sslMode: 'disable',
      settings: sessions(major)
    }
    const log = async () =>
      (await readFile(join(dir, 'c', 'postgresql.log'), 'utf8').catch(() => '')).split('\n')
    return {
      kind: 'scratch',
      maintenanceWorkMemMb: memory.maintenanceWorkMemMb,
      target,
      serverVersion: await versionOf(target),
      expose: () => exposeOverTcp(target),
      warnings: async () => (await log()).flatMap(warningIn),
      logTail: async () => (await log()).filter(Boolean).slice(-LOG_LINES),
      async leave() {
        await cluster.destroy()
        await rm(dir, { recursive: true, force: true })
      }
    }
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error
  }
}

/** Of a cluster that publishes and replicates nothing; pg_restore makes subscriptions disabled. */
const expected =
  /wal_level is insufficient|tables were not subscribed|subscription was created, but is not connected/

/** A WARNING in a line of the server's log, without its time. */
function warningIn(line: string): string[] {
  const [, text] = /\] (WARNING: .*)$/.exec(line) ?? []
  return text && !expected.test(text) ? [text] : []
}

async function serverPrograms(clients: ClientPrograms[], major: number): Promise<string> {
  const programs = clients.find(one => one.major === major)
  const missing = (why: string) =>
    new AppError(
      'PG_SERVER_MISSING',
      `A scratch cluster of PostgreSQL ${major} is needed: ${why}`,
      {
        hint: `Install postgresql-${major} on the worker, or drill on a staging server.`
      }
    )
  if (!programs) throw missing('no programs of that major are here')
  for (const name of ['initdb', 'pg_ctl', 'postgres'])
    await access(join(programs.bin, name)).catch(() => {
      throw missing(`${name} is not in ${programs.bin}`)
    })
  return programs.bin
}

async function requireSpace(dir: string, databaseBytes: number) {
  const { bavail, bsize } = await statfs(dir)
  const needed = Math.ceil(databaseBytes * SPACE_FACTOR) + SPACE_MARGIN
  if (bavail * bsize >= needed) return
  throw new AppError(
    'DRILL_NO_SPACE',
    `The drill needs ${needed} bytes in ${dir}, ${bavail * bsize} are free`
  )
}

const versionOf = (target: PgTarget) =>
  withConnection({ ...target, database: 'postgres' }, async client => {
    const { rows } = await client.query<{ v: string }>(
      `SELECT current_setting('server_version') AS v`
    )
    return rows[0]!.v
  })
