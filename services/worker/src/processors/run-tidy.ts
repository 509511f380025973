import { everyItem } from '@resguardo/catalog'
import { engines } from '@resguardo/engines'
import type { Dependencies } from '../dependencies.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'

/** Longer than any backup takes: what is older and unfinished will never be finished. */
const STALE_HOURS = 24

/** Removes stale uploads and the objects of backups that were never committed, and databases whose time is over. */
export const runTidy: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const { run, report, log, persist } = attempt
  const row = await catalog.repositories.get(run.repositoryId!)
  await report.phase('tidying')
  const inUse = await unfinishedBackupIds(dependencies)
  const before = new Date(Date.now() - STALE_HOURS * 3_600_000)
  const removed = await withRepository(dependencies, row, repository =>
    repository.tidy(before, id => inUse.has(id))
  )
  log.info({ removed, repository: row.name }, 'repository tidied')
  await dropExpired(dependencies, attempt)
  await persist(() => catalog.repositories.markTidied(row.id))
}

async function unfinishedBackupIds({ catalog }: Dependencies) {
  const ids = new Set<string>()
  for (const status of ['queued', 'running'] as const) {
    const runs = everyItem(query => catalog.runs.list({ ...query, status }))
    for await (const { backupId } of runs) if (backupId) ids.add(backupId)
  }
  return ids
}

async function dropExpired(dependencies: Dependencies, { log, signal }: Attempt) {
  const { catalog } = dependencies
  for (const kept of await catalog.keptDatabases.expired()) {
    signal.throwIfAborted()
    try {
      const source = await catalog.sources.get(kept.targetSourceId)
      await engines.logical.dropKept(await sourceTarget(dependencies, source), kept.keptAs)
      await catalog.keptDatabases.change(kept.restoreId, { state: 'removed' })
      log.info({ database: kept.keptAs }, 'a kept database was dropped: its time is over')
    } catch (err) {
      // A server that is away must not keep the others from being tidied.
      log.warn(
        { err, database: kept.keptAs },
        'a kept database could not be dropped; the next run tries again'
      )
    }
  }
}
