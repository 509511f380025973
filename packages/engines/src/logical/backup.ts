import {
  chooseClient,
  explainStage,
  majorOf,
  pgDumpGlobalsStage,
  pgDumpStage
} from '@resguardo/pg-tools'
import { bytesRead, type Stage } from '@resguardo/processes'
import { MANIFEST_VERSION, type Manifest, type ManifestObject } from '@resguardo/repository'
import { asAppError } from '@resguardo/shared'
import type { Static } from 'typebox'
import type { BackupContext } from '../engine.ts'
import { type Snapshot, withSnapshot } from './coordinator.ts'
import type { logicalOptions } from './options.ts'
import { countRows } from './tables.ts'

type Context = BackupContext<Static<typeof logicalOptions>>

/** COPY text of bytea is twice its size: no dump is larger than this many times its tables. */
const DUMP_FACTOR = 2.2
/**
 * The coordinator holds the locks already: what still makes pg_dump wait is a DDL statement that waits for the coordinator.
 * Neither would ever go on, and every reader of that table queues behind them; the next attempt sees the DDL done.
 */
const DUMP_LOCK_MS = 3_000
const GLOBALS_ESTIMATE = 16 * 1_048_576
const PROGRESS_EVERY_MS = 500

/** Stores `archive` and `globals` of one snapshot, with exact counts taken in it. @throws what withSnapshot and the tools throw */
export async function backup(context: Context): Promise<Manifest> {
  const { source, options, signal } = context
  const startedAt = new Date()
  await context.report.phase('connecting')
  // One part failing stops the others, and the first error is the one that counts.
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  try {
    return await withSnapshot(
      source.target,
      { lockTimeoutMs: options.lockTimeoutMs, signal: both },
      async snapshot => {
        const client = chooseClient(context.clients, majorOf(snapshot.facts.serverVersionNum))
        await context.report.phase('dumping')
        const [archive, counts] = await allOrStop(stop, [
          () =>
            writeArchive(
              { ...context, signal: both },
              snapshot,
              pgDumpStage(client, source.target, {
                snapshot: snapshot.id,
                lockTimeoutMs: DUMP_LOCK_MS
              })
            ),
          () => countTables(snapshot)
        ])
        await context.report.phase('globals')
        const globals = await write(context, {
          key: 'globals.sql.zst.age',
          role: 'globals',
          format: 'sql',
          producer: pgDumpGlobalsStage(client, source.target, {
            passwords: snapshot.facts.isSuperuser
          }),
          estimateBytes: GLOBALS_ESTIMATE
        })
        return describe(context, snapshot, {
          startedAt,
          objects: [archive, globals],
          counts,
          pgDumpVersion: client.version
        })
      }
    )
  } catch (error) {
    signal.throwIfAborted()
    throw stop.signal.aborted ? asAppError(stop.signal.reason) : error
  }
}

async function writeArchive(
  context: Context,
  snapshot: Snapshot,
  producer: Stage
): Promise<ManifestObject> {
  const total = snapshot.tables.reduce((sum, { bytes }) => sum + bytes, 0)
  let timer: NodeJS.Timeout | undefined
  try {
    return await write(
      context,
      {
        key: 'archive.pgdump.zst.age',
        role: 'archive',
        format: 'pg_dump-custom',
        producer,
        estimateBytes: snapshot.facts.databaseBytes * DUMP_FACTOR
      },
      ([, zstd]) => {
        timer = setInterval(
          async () => context.report.progress((await bytesRead(zstd!)) ?? 0, total),
          PROGRESS_EVERY_MS
        )
      }
    )
  } finally {
    clearInterval(timer)
  }
}

interface Part {
  key: string
  role: string
  format: string
  producer: Stage
  estimateBytes: number
}

function write(
  { source, backupId, repository, options, signal }: Context,
  part: Part,
  onStarted: (pids: number[]) => void = () => {}
) {
  return repository
    .write(source.name, backupId, {
      ...part,
      level: options.compressionLevel,
      signal,
      onStored: () => {},
      onStarted
    })
    .catch(error => {
      signal.throwIfAborted()
      throw explainStage(error)
    })
}

async function countTables({ client, tables }: Snapshot) {
  const counts: Manifest['tables'] = []
  for (const table of tables) counts.push({ ...table, rows: await countRows(client, table) })
  return counts
}

async function allOrStop<A, B>(
  stop: AbortController,
  [a, b]: [() => Promise<A>, () => Promise<B>]
): Promise<[A, B]> {
  const guarded = <T>(work: () => Promise<T>) =>
    work().catch(error => {
      stop.abort(error)
      throw error
    })
  const [first, second] = await Promise.allSettled([guarded(a), guarded(b)])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}

interface Made {
  startedAt: Date
  objects: ManifestObject[]
  counts: Manifest['tables']
  pgDumpVersion: string
}

function describe(context: Context, { facts, systemId, lsn, at }: Snapshot, made: Made): Manifest {
  const { databaseBytes, largeObjects, extensions, roles, isSuperuser: _, ...database } = facts
  return {
    formatVersion: MANIFEST_VERSION,
    id: context.backupId,
    kind: 'logical',
    repositoryId: context.repository.repositoryId,
    source: { name: context.source.name, systemId, ...database },
    tool: { name: 'resguardo', version: '0.1.0', pgDumpVersion: made.pgDumpVersion },
    startedAt: made.startedAt.toISOString(),
    finishedAt: new Date().toISOString(),
    snapshot: { lsn, at: at.toISOString() },
    compression: { scheme: 'zstd', level: context.options.compressionLevel },
    encryption: { scheme: 'age', recipients: context.repository.recipients },
    objects: made.objects,
    tables: made.counts,
    largeObjects,
    databaseBytes,
    extensions,
    roles,
    labels: context.labels,
    name: context.name
  }
}
