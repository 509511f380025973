import type { NewRun } from '@resguardo/catalog'
import { jobOfKind } from '@resguardo/jobs'
import type { Dependencies } from '../dependencies.ts'

const TIDY_HOURS = 24
const RETENTION_HOURS = 24

/** Starts what is due by itself: the verify run of the backup that was read longest ago, retention, and the tidying of repositories. */
export async function startDueRuns({ catalog, queues, config }: Dependencies): Promise<void> {
  const start = async (
    run: Pick<NewRun, 'sourceId' | 'repositoryId' | 'backupId' | 'policyId'>,
    kind: 'verify' | 'tidy' | 'retention'
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
  const policy = await catalog.policies.dueForRetention(RETENTION_HOURS)
  if (policy) {
    const { id: policyId, sourceId, repositoryId } = policy
    await start({ policyId, sourceId, repositoryId }, 'retention')
  }
  const repository = await catalog.repositories.dueForTidy(TIDY_HOURS)
  if (repository) await start({ repositoryId: repository.id }, 'tidy')
}
