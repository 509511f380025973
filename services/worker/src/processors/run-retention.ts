import { type Policy, policyRetention, type RetentionRow } from '@resguardo/catalog'
import { lockUntil } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import { showLife } from '../chores/show-life.ts'
import type { Dependencies } from '../dependencies.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { removeBackup } from '../remove-backup.ts'

const DAY_MS = 86_400_000
const CLOCK_LIMIT_MS = 300_000

/**
 * Removes what a policy's rules let go, in two phases: marked in the catalog first, where holds, locks and use are looked at
 * once more, then deleted. A run that was interrupted finds what is marked and goes on.
 */
export const runRetention: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const { run, report, log, persist, signal } = attempt
  const policy = await catalog.policies.get(run.policyId!)
  await report.phase('deciding')
  await refuseWrongClock(dependencies)
  const decisions = await policyRetention(catalog, policy, new Date())
  for (const { id, action, reasons } of decisions) {
    if (action !== 'remove') continue
    signal.throwIfAborted()
    const obstacle = await persist(() =>
      catalog.backups.markRemoving(id, { reasons, by: 'retention' })
    )
    if (obstacle) log.info({ backupId: id, obstacle }, 'backup stays for now')
  }
  await report.phase('removing')
  for (const backup of await catalog.backups.removing(policy.id))
    await removeBackup(dependencies, attempt, backup)
  await report.phase('locking')
  const kept = decisions.filter(({ action }) => action === 'keep').map(({ backup }) => backup)
  await extendLocks(dependencies, attempt, policy, kept)
  await persist(() => catalog.policies.markRetention(policy.id))
}

/** A clock that ran ahead would end holds, locks and periods that are not over. */
async function refuseWrongClock(dependencies: Dependencies) {
  const { catalog, workerId } = dependencies
  await showLife(dependencies)
  const worker = (await catalog.workers.list()).find(({ name }) => name === workerId)
  const skew = worker?.clockSkewMs ?? 0
  if (Math.abs(skew) > CLOCK_LIMIT_MS)
    throw new AppError(
      'CLOCK_WRONG',
      `This worker's clock and the catalog's differ by ${Math.round(skew / 1_000)} s`
    )
}

/** Rules that were made longer lock what exists for longer, too. Locks are never made shorter. */
async function extendLocks(
  dependencies: Dependencies,
  { signal, persist, log }: Attempt,
  { spec }: Policy,
  kept: RetentionRow[]
) {
  const { catalog } = dependencies
  if (!spec.lock) return
  const { mode } = spec.lock
  for (const { id, at, lockedUntil, repositoryId } of kept) {
    const until = lockUntil(spec, at)
    if (!until || until.getTime() < Math.max(Date.now(), lockedUntil?.getTime() ?? 0) + DAY_MS)
      continue
    signal.throwIfAborted()
    const row = await catalog.repositories.get(repositoryId)
    const backup = await catalog.backups.get(id)
    const source = await catalog.sources.get(backup.sourceId)
    await withRepository(dependencies, row, async repository =>
      repository.extendLock(await repository.readManifest(source.name, id), { mode, until })
    )
    await persist(() => catalog.backups.setLockedUntil(id, until))
    log.info({ backupId: id, until }, 'lock extended')
  }
}
