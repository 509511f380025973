import type { NewRun } from '@resguardo/catalog'
import { jobOfKind } from '@resguardo/jobs'
import type { Dependencies } from './dependencies.ts'

const TIDY_HOURS = 24

/** Starts what is due by itself: the verify run of the backup that was read longest ago, and the tidying of repositories. */
export async function startDueRuns({ catalog, queues, config }: Dependencies): Promise<void> {
  const start = async (
    run: Pick<NewRun, 'sourceId' | 'repositoryId' | 'backupId'>,
    kind: 'verify' | 'tidy'
  ) => {
    const maxAttempts = jobOfKind[kind].attempts
    const created = await catalog.runs.createOnce({
      ...run,
      kind,
      maxAttempts,
      requestedBy: 'schedule'
    })
    if (created) await queues.enqueueRun(created)
  }
  const backup =
    config.VERIFY_DAYS > 0 ? await catalog.backups.dueForVerify(config.VERIFY_DAYS) : undefined
  if (backup) {
    const { id: backupId, sourceId, repositoryId } = backup
    await start({ backupId, sourceId, repositoryId }, 'verify')
  }
  const repository = await catalog.repositories.dueForTidy(TIDY_HOURS)
  if (repository) await start({ repositoryId: repository.id }, 'tidy')
}
