import type { RestorePlan } from '@resguardo/domain'
import {
  chooseClient,
  copyInStage,
  explainStage,
  type PgTarget,
  pgRestoreStage,
  qualified
} from '@resguardo/pg-tools'
import { runText } from '@resguardo/processes'
import { explainAge, type ManifestObject } from '@resguardo/repository'
import { AppError } from '@resguardo/shared'
import { defaultJobs } from '../default-jobs.ts'
import type { RestoreContext } from '../engine.ts'
import { runTasks } from '../run-tasks.ts'
import { type ArchiveSource, withArchive } from './archive-source.ts'
import { readContents } from './contents.ts'
import { inTable } from './in-table.ts'
import { spreadTables } from './spread-tables.ts'
import { columnList } from './streams.ts'
import { withoutWal } from './without-wal.ts'

const DEFAULT_MAINTENANCE_MB = 256

/**
 * Fills an empty database: schema, then all rows in parallel, then indexes and constraints in parallel. Only the archive
 * touches the spool directory; the streams go from the repository into COPY.
 */
export async function load(
  context: RestoreContext,
  plan: RestorePlan,
  staging: PgTarget,
  enter: (phase: string) => Promise<void>
): Promise<void> {
  const { manifest, clients, options } = context
  const archive = manifest.objects.find(({ role }) => role === 'archive')
  if (!archive) throw new AppError('MANIFEST_INVALID', `${manifest.id} has no archive`)
  const all = manifest.objects.filter(({ role, table }) => role === 'data' && table)
  const work: Work = {
    ...context,
    staging,
    client: chooseClient(clients, Number.parseInt(manifest.tool.pgDumpVersion, 10)),
    jobs: options.jobs ?? defaultJobs(),
    settings: fastSettings(options),
    noTablespaces: options.noTablespaces === true,
    withoutRoles: options.missingRoles === 'skip' && plan.missingRoles.length > 0,
    received: progressOf(context, [archive, ...all])
  }
  await enter('fetching')
  await withArchive(context, archive, work.received, async source => {
    const contents = await readContents(context, work.client, source)
    const streams = all.filter(({ table }) => contents.includes(table!))
    const { list, postData } = contents
    if (!source.file && streams.length === 0) {
      await enter('restoring')
      await restoreSection(work, source, { list }, context.signal)
      return
    }
    await enter('schema')
    await restoreSection(work, source, { section: 'pre-data', list }, context.signal)
    await enter('data')
    const beside = streams.length > 0 ? Math.max(1, Math.floor(work.jobs / 2)) : work.jobs
    function* tasks() {
      yield (signal: AbortSignal) =>
        restoreSection(work, source, { section: 'data', jobs: beside, list }, signal)
      yield* spreadTables(streams, (stream, signal) => copyIn(work, stream, signal))
    }
    const fill = () => runTasks(tasks(), work)
    await (options.disposable ? withoutWal(staging, fill) : fill())
    await enter('indexes')
    for (const { list, parallel } of postData) {
      const jobs = parallel ? work.jobs : 1
      await restoreSection(work, source, { section: 'post-data', jobs, list }, context.signal)
    }
  })
}

interface Work extends RestoreContext {
  staging: PgTarget
  client: ReturnType<typeof chooseClient>
  jobs: number
  settings: string
  withoutRoles: boolean
  noTablespaces: boolean
  received: (bytes: number) => void
}

/** Nothing is lost by an early answer to a commit: a crash before the database has its name makes the restore start again. */
const fastSettings = ({
  maintenanceWorkMemMb = DEFAULT_MAINTENANCE_MB
}: RestoreContext['options']) =>
  `-c synchronous_commit=off -c maintenance_work_mem=${maintenanceWorkMemMb}MB`

interface Section {
  section?: 'pre-data' | 'data' | 'post-data'
  jobs?: number
  list: string | undefined
}

async function restoreSection(
  { client, staging, settings, withoutRoles, noTablespaces, onWarning }: Work,
  source: ArchiveSource,
  { list, ...section }: Section,
  signal: AbortSignal
) {
  const options = { ...section, ...(list ? { list } : {}), withoutRoles, noTablespaces, settings }
  await source.run(
    file => ({
      ...pgRestoreStage(client, staging, { ...options, ...(file ? { file } : {}) }),
      onStderr: text => {
        for (const line of text.split('\n')) if (line.trim()) onWarning?.(line.trim())
      }
    }),
    signal
  )
}

async function copyIn(work: Work, object: ManifestObject, signal: AbortSignal) {
  const { manifest, repository, client, staging, settings, received } = work
  const table = object.table!
  const stages = [
    ...(await repository.openingStages()),
    copyInStage(client, staging, {
      copy: `COPY ${qualified(table.schema, table.name)} (${columnList(object.columns ?? [])}) FROM STDIN`,
      encoding: manifest.source.encoding,
      settings
    })
  ]
  async function* input() {
    for await (const chunk of repository.read(manifest, object, signal)) {
      received(chunk.length)
      yield chunk
    }
  }
  try {
    await runText(stages, { signal, input: input() })
  } catch (error) {
    signal.throwIfAborted()
    throw inTable(explainStage(explainAge(error)), {
      table,
      part: object.part ?? 1,
      parts: object.parts ?? 1
    })
  }
}

function progressOf({ report }: RestoreContext, objects: ManifestObject[]) {
  const total = objects.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  return (bytes: number) => {
    done += bytes
    report.progress(done, total)
  }
}
