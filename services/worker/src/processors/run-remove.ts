import type { Processor } from '../processor.ts'
import { removeBackup } from '../remove-backup.ts'

/** Deletes the objects of a backup that somebody removed by hand. */
export const runRemove: Processor = async (dependencies, attempt) => {
  const backup = await dependencies.catalog.backups.get(attempt.run.backupId!)
  if (backup.state !== 'removing') return
  await attempt.report.phase('removing')
  await removeBackup(dependencies, attempt, backup)
}
