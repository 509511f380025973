import { tmpdir } from 'node:os'
import { engines, type RestoreOptions } from '@resguardo/engines'
import type { Dependencies } from '../dependencies.ts'
import { withRepository } from '../open-repository.ts'
import type { Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'

export const runRestore: Processor = async (
  dependencies,
  { run, claim, report, signal, persist }
) => {
  const { catalog, clients, slots, metrics, config } = dependencies
  const restore = await catalog.restores.get(run.restoreId!)
  const backup = await catalog.backups.get(restore.backupId)
  const source = await catalog.sources.get(backup.sourceId)
  const server = await sourceTarget(dependencies, await catalog.sources.get(restore.targetSourceId))
  const row = await catalog.repositories.get(backup.repositoryId)
  await withRepository(dependencies, row, async repository => {
    await report.phase('planning')
    // From the repository, not from the catalog: its signature is what counts.
    const manifest = await repository.readManifest(source.name, backup.id)
    const context = {
      restoreId: restore.id,
      requestedAt: restore.createdAt,
      manifest,
      repository,
      target: { ...server, database: restore.targetDatabase },
      options: restore.options as unknown as RestoreOptions,
      clients,
      slots,
      spoolDir: config.SPOOL_DIR || tmpdir(),
      measuredRate: await measuredRate(dependencies),
      report,
      signal
    }
    const engine = engines.logical
    const plan = await engine.plan(context)
    await persist(() => catalog.restores.setPlan(restore.id, { ...plan }, claim))
    if (restore.dryRun) return
    const result = await engine.restore(context, plan)
    await persist(() => catalog.restores.setResult(restore.id, { ...result }, claim))
    metrics.restoreLastDuration.set({ source: source.name }, result.seconds)
  })
}

/** Plain bytes a second of the newest restore that finished here. */
async function measuredRate({ catalog }: Dependencies): Promise<number | null> {
  const { items } = await catalog.restores.list({ limit: 50 })
  const result = items.find(({ result }) => result !== null)?.result as
    | { plainBytes: number; seconds: number }
    | undefined
  return result && result.seconds > 0 ? Math.max(1, result.plainBytes / result.seconds) : null
}
