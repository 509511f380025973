import { engines } from '@resguardo/engines'
import type { Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'

/** Gives the database that a swap replaced its name back. */
export const runUndo: Processor = async (dependencies, { run, report, persist }) => {
  const { catalog } = dependencies
  const kept = await catalog.keptDatabases.get(run.restoreId!)
  if (kept.state === 'undone') return
  await report.phase('renaming')
  const server = await sourceTarget(dependencies, await catalog.sources.get(kept.targetSourceId))
  const target = { ...server, database: kept.database }
  const keptAs = await engines.logical.undo(target, kept.keptAs, run.createdAt)
  await persist(() => catalog.keptDatabases.change(kept.restoreId, { state: 'undone', keptAs }))
}
