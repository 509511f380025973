import {
  chooseClient,
  copyOutStage,
  explainStage,
  ident,
  majorOf,
  pgDumpGlobalsStage,
  pgDumpStage,
  readTableContent
} from '@resguardo/pg-tools'
import type { Stage } from '@resguardo/processes'
import type { Manifest, ManifestObject } from '@resguardo/repository'
import { AppError, asAppError } from '@resguardo/shared'
import type { Static } from 'typebox'
import { defaultJobs } from '../default-jobs.ts'
import type { BackupContext } from '../engine.ts'
import { rateLimit, type Throttle } from '../rate-limit.ts'
import { retryStream } from '../retry-stream.ts'
import { runTasks } from '../run-tasks.ts'
import { type Snapshot, withSnapshot } from './coordinator.ts'
import { propertiesPart } from './database-properties.ts'
import { describe } from './describe.ts'
import { inTable } from './in-table.ts'
import type { logicalOptions } from './options.ts'
import { trackCompressors } from './progress.ts'
import { copyOut, planStreams, type Stream, streamKey } from './streams.ts'
import { tablePattern } from './table-name.ts'
import { countRows, holdsRows } from './tables.ts'
import { withoutTransactionTimeout } from './transaction-timeout.ts'

type Context = BackupContext<Static<typeof logicalOptions>>

/** COPY text of bytea is twice its size: no dump is larger than this many times its tables. */
const DUMP_FACTOR = 2.2
/**
 * The coordinator holds the locks already: what still makes pg_dump wait is a DDL statement that waits for the coordinator.
 * Neither would ever go on, and every reader of that table queues behind them; the next attempt sees the DDL done.
 */
const DUMP_LOCK_MS = 3_000
const GLOBALS_ESTIMATE = 16 * 1_048_576

/**
 * Stores `archive` (everything but the rows of bulk tables) and `data/…` (their rows, in parallel streams), all of one
 * snapshot, with exact counts taken in it; then `globals`, which belong to the server, and `database`.
 * @throws what withSnapshot and the tools throw
 */
export async function backup(context: Context): Promise<Manifest> {
  const { source, options, signal } = context
  const startedAt = new Date()
  await context.report.phase('connecting')
  const { lockTimeoutMs } = options
  return withSnapshot(
    source.target,
    { lockTimeoutMs, selection: options, signal },
    async snapshot => {
      refuseServer(options.server, snapshot)
      const serverMajor = majorOf(snapshot.facts.serverVersionNum)
      const work: Work = {
        ...context,
        source: { ...source, target: withoutTransactionTimeout(source.target, serverMajor) },
        snapshot,
        client: chooseClient(context.clients, serverMajor),
        throttle: rateLimit(options.rateLimitBytesPerSecond),
        streams: planStreams(snapshot.tables, { ...options, serverMajor })
      }
      await context.report.phase('dumping')
      const [objects, tables] = await dump(work)
      await context.report.phase('globals')
      const globals = await store(work, signal, {
        key: 'globals.sql.zst.age',
        role: 'globals',
        format: 'sql',
        producer: pgDumpGlobalsStage(work.client, work.source.target, {
          passwords: snapshot.facts.isSuperuser
        }),
        estimateBytes: GLOBALS_ESTIMATE
      })
      const properties = await store(work, signal, propertiesPart(snapshot.properties))
      return describe(context, snapshot, {
        startedAt,
        objects: [...objects, globals, properties],
        tables,
        pgDumpVersion: work.client.version
      })
    }
  )
}

interface Work extends Context {
  snapshot: Snapshot
  client: ReturnType<typeof chooseClient>
  throttle: Throttle
  streams: Stream[]
}

function refuseServer(wanted: Context['options']['server'], { facts }: Snapshot) {
  const is = facts.isStandby ? 'standby' : 'primary'
  if (wanted === 'any' || wanted === is) return
  throw new AppError('PG_SERVER_ROLE', `The source is a ${is}, the backup asks for a ${wanted}`)
}

/** Archive and streams at once, and the counts beside them; the first failure stops the others. */
async function dump(work: Work): Promise<[ManifestObject[], Manifest['tables']]> {
  const { snapshot, streams, options, slots, signal } = work
  const total = snapshot.tables.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = trackCompressors(work.report, total)
  const stop = new AbortController()
  const both = AbortSignal.any([signal, snapshot.lost, stop.signal])
  const orStop = <T>(part: Promise<T>) =>
    part.catch(error => {
      stop.abort(error)
      throw error
    })
  try {
    const tasks = [writeArchive, ...streams.map(writeStream)].map(
      write => (taskSignal: AbortSignal) => write(work, progress, taskSignal)
    )
    const jobs = options.jobs ?? defaultJobs()
    const storing = orStop(runTasks(tasks, { jobs, slots, signal: both }))
    const counting = orStop(countTables(work))
    await Promise.allSettled([storing, counting])
    return await Promise.all([storing, counting])
  } catch (error) {
    signal.throwIfAborted()
    snapshot.lost.throwIfAborted()
    throw stop.signal.aborted ? asAppError(stop.signal.reason) : error
  } finally {
    progress.stop()
  }
}

type Progress = ReturnType<typeof trackCompressors>

function writeArchive(work: Work, progress: Progress, signal: AbortSignal) {
  const { snapshot, options, source, client, streams } = work
  const { schemas, excludeSchemas, tables, excludeTables } = snapshot.selection
  const bulk = new Set(streams.map(({ table }) => table))
  const left = snapshot.tables.filter(table => !bulk.has(table))
  const leftBytes = left.reduce((sum, { bytes }) => sum + bytes, 0)
  return store(work, signal, {
    key: 'archive.pgdump.zst.age',
    role: 'archive',
    format: 'pg_dump-custom',
    producer: pgDumpStage(client, source.target, {
      snapshot: snapshot.id,
      lockTimeoutMs: DUMP_LOCK_MS,
      schemas: schemas.map(ident),
      excludeSchemas: excludeSchemas.map(ident),
      tables,
      excludeTables,
      excludeTableData: [...bulk].map(tablePattern),
      noUnloggedData: !options.unloggedTables
    }),
    // Large objects are no table; the whole database bounds them.
    estimateBytes:
      snapshot.facts.largeObjects > 0
        ? snapshot.facts.databaseBytes * DUMP_FACTOR
        : leftBytes * DUMP_FACTOR + GLOBALS_ESTIMATE,
    progress
  })
}

const writeStream = (stream: Stream) => (work: Work, progress: Progress, signal: AbortSignal) => {
  const { snapshot, source, client } = work
  const { table, part, parts } = stream
  return retryStream(
    () =>
      store(work, signal, {
        key: streamKey(stream),
        role: 'data',
        format: 'copy-text',
        producer: copyOutStage(client, source.target, {
          copy: copyOut(stream),
          snapshot: snapshot.id,
          encoding: snapshot.facts.encoding
        }),
        estimateBytes: stream.bytes * DUMP_FACTOR,
        progress
      }),
    signal
  ).then(
    stored => ({
      ...stored,
      table: { schema: table.schema, name: table.name },
      columns: table.columns,
      part,
      parts
    }),
    error => {
      throw signal.aborted ? error : inTable(error, stream)
    }
  )
}

interface Part {
  key: string
  role: string
  format: string
  producer: Stage
  estimateBytes: number
  input?: AsyncIterable<Uint8Array>
  progress?: Progress
}

async function store(
  { source, backupId, repository, options, throttle }: Work,
  signal: AbortSignal,
  { progress, ...part }: Part
): Promise<ManifestObject> {
  let zstd: number | undefined
  let plainBytes = 0
  try {
    const stored = await repository.write(source.name, backupId, {
      ...part,
      level: options.compressionLevel,
      // Streams run side by side; the archive may be the only one.
      threads: part.role === 'data' ? 1 : 0,
      signal,
      throttle,
      onStored: () => {},
      onStarted([, pid]) {
        zstd = pid
        progress?.started(pid!)
      }
    })
    plainBytes = stored.plainBytes
    return stored
  } catch (error) {
    signal.throwIfAborted()
    throw explainStage(error)
  } finally {
    progress?.ended(zstd, plainBytes)
  }
}

async function countTables({ snapshot, options }: Work): Promise<Manifest['tables']> {
  const counted: Manifest['tables'] = []
  for (const table of snapshot.tables) {
    const { schema, name, kind, bytes } = table
    if (table.unlogged && !options.unloggedTables) {
      counted.push({ schema, name, kind, bytes, rows: 0 })
    } else if (options.contentHash === 'full' && holdsRows(table)) {
      const { rows, hash } = await readTableContent(snapshot.client, table)
      counted.push({ schema, name, kind, bytes, rows, contentHash: hash })
    } else {
      counted.push({ schema, name, kind, bytes, rows: await countRows(snapshot.client, table) })
    }
  }
  return counted
}
