import type { Backup, Repository as RepositoryRow, Restore, Source } from '@resguardo/catalog'
import { engines, type RestoreContext, type RestoreOptions } from '@resguardo/engines'
import { backupRecord } from '../backup-record.ts'
import type { Dependencies } from '../dependencies.ts'
import { makeBackup, newBackupId } from '../make-backup.ts'
import { measuredRate } from '../measured-rate.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'
import { spoolDir } from '../spool-dir.ts'

const DEFAULT_KEEP_DAYS = 7

/** Options of a restore that the worker itself acts on. */
interface SwapOptions {
  safetyBackup?: boolean
  keepDays?: number
}

export const runRestore: Processor = async (dependencies, attempt) => {
  const { catalog, clients, slots, metrics, config, workerId } = dependencies
  const { run, claim, report, signal, persist } = attempt
  const restore = await catalog.restores.get(run.restoreId!)
  const backup = await catalog.backups.get(restore.backupId)
  const source = await catalog.sources.get(backup.sourceId)
  const targetSource = await catalog.sources.get(restore.targetSourceId)
  const server = await sourceTarget(dependencies, targetSource)
  const row = await catalog.repositories.get(backup.repositoryId)
  await withRepository(dependencies, row, async repository => {
    await report.phase('planning')
    // From the repository, not from the catalog: its signature is what counts.
    const manifest = await repository.readManifest(source.name, backup.id)
    const context: RestoreContext = {
      restoreId: restore.id,
      requestedAt: restore.createdAt,
      manifest,
      repository,
      target: { ...server, database: restore.targetDatabase },
      options: restore.options as unknown as RestoreOptions,
      clients,
      slots,
      spoolDir: spoolDir(config),
      owner: workerId,
      measuredRate: await measuredRate(dependencies),
      report,
      signal
    }
    const engine = engines.logical
    const plan = await engine.plan(context)
    // A retry may find its own database in place: the plan that the restore began with stays.
    if (!restore.plan) await persist(() => catalog.restores.setPlan(restore.id, { ...plan }, claim))
    if (restore.dryRun) return
    const { safetyBackup, keepDays = DEFAULT_KEEP_DAYS } = restore.options as SwapOptions
    if (safetyBackup && plan.ok && plan.target.databaseExists)
      await backUpFirst(dependencies, attempt, { restore, context, targetSource, row })
    const result = await engine.restore(context, plan)
    await persist(() => catalog.restores.setResult(restore.id, { ...result }, claim))
    if (result.replaced) {
      const kept = { database: restore.targetDatabase, keptAs: result.replaced, keepDays }
      const { id: restoreId, targetSourceId } = restore
      await persist(() =>
        catalog.keptDatabases.record({ restoreId, targetSourceId, ...kept }, claim)
      )
    }
    metrics.restoreLastDuration.set({ source: source.name }, result.seconds)
  })
}

interface Replaced {
  restore: Restore
  context: RestoreContext
  targetSource: Source
  row: RepositoryRow
}

/** The database that is going to be replaced, as a backup of its own; without it there is no swap. */
async function backUpFirst(
  dependencies: Dependencies,
  attempt: Attempt,
  { restore, context, targetSource, row }: Replaced
) {
  const { catalog } = dependencies
  const name = `before-restore-${restore.id.slice(0, 8)}`
  if (await isDone(dependencies, targetSource.id, name)) return
  const manifest = await makeBackup(dependencies, attempt, {
    backupId: newBackupId(),
    source: { name: targetSource.name, target: context.target },
    repository: context.repository,
    name,
    labels: { restore: restore.id },
    options: {},
    terms: { manifest: {} }
  })
  const ids = {
    sourceId: targetSource.id,
    repositoryId: row.id,
    runId: attempt.run.id,
    policyId: null
  }
  await attempt.persist(() => catalog.backups.record(backupRecord(manifest, ids), attempt.claim))
}

/** By an earlier attempt of the same restore. */
async function isDone({ catalog }: Dependencies, sourceId: string, name: string) {
  const { items } = await catalog.backups.list({ sourceId, limit: 20 })
  return items.some((backup: Backup) => backup.name === name)
}
