import type { Backup } from '@resguardo/catalog'
import { asAppError } from '@resguardo/shared'
import type { Dependencies } from './dependencies.ts'
import { withRepository } from './open-repository.ts'
import type { Attempt } from './processor.ts'

/**
 * Second phase of a removal: deletes the objects of a backup that is marked, manifest first, and may be repeated after any
 * interruption. One that the store turns out to lock is kept and its lock is noted. @returns whether it is gone
 */
export async function removeBackup(
  dependencies: Dependencies,
  { report, signal, persist, log }: Attempt,
  backup: Backup
): Promise<boolean> {
  const { catalog, metrics } = dependencies
  const row = await catalog.repositories.get(backup.repositoryId)
  const source = await catalog.sources.get(backup.sourceId)
  const removal = backup.removal ?? { reasons: [], by: 'unknown' }
  signal.throwIfAborted()
  const lockedUntil = await withRepository(dependencies, row, async repository => {
    try {
      await repository.remove(source.name, backup.id, {
        reason: removal.reasons.join('; '),
        removedAt: backup.removingSince ?? new Date(),
        onProgress: (done, total) => report.progress(done, total)
      })
      return undefined
    } catch (error) {
      if (asAppError(error).code !== 'STORAGE_LOCKED') throw error
      return (await repository.lockedUntil(source.name, backup.id)) ?? new Date(Date.now() + DAY_MS)
    }
  })
  if (lockedUntil) {
    await persist(() => catalog.backups.keepLocked(backup.id, lockedUntil))
    log.info({ backupId: backup.id, lockedUntil }, 'backup is locked in the store; it stays')
    return false
  }
  await persist(() => catalog.backups.markRemoved(backup.id))
  await persist(() =>
    catalog.audit.append({
      actor: removal.by,
      action: 'backup.removed',
      resource: `backup:${backup.id}`,
      detail: { reasons: removal.reasons, repository: row.name, source: source.name }
    })
  )
  metrics.backupsRemoved.inc({ by: removal.by === 'retention' ? 'retention' : 'hand' })
  log.info({ backupId: backup.id, reasons: removal.reasons }, 'backup removed')
  return true
}

const DAY_MS = 86_400_000
