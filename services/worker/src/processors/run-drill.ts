import type { Backup, Policy } from '@resguardo/catalog'
import { completeDrillPlan, type DrillPlan, periodMs } from '@resguardo/domain'
import { type DrillResult, drill } from '@resguardo/drills'
import type { Manifest, Repository } from '@resguardo/repository'
import { AppError, asAppError } from '@resguardo/shared'
import type { Dependencies } from '../dependencies.ts'
import { storeEvidence } from '../drill-evidence.ts'
import { measuredRate } from '../measured-rate.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'
import { spoolDir } from '../spool-dir.ts'

/** Restores a policy's backup to prove that it restores. The run fails where the drill did not pass, with the reason's code. */
export const runDrill: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const { run, report } = attempt
  const policy = await catalog.policies.get(run.policyId!)
  const plan = policy.spec.drill ?? completeDrillPlan()
  await report.phase('choosing')
  const backup = await choose(dependencies, policy, plan, run.params.backupId as string | undefined)
  const source = await catalog.sources.get(backup.sourceId)
  const row = await catalog.repositories.get(backup.repositoryId)
  await withRepository(dependencies, row, async repository => {
    const read = await readManifest(repository, source.name, backup.id)
    const result =
      'result' in read
        ? read.result
        : await runIt(dependencies, attempt, { policy, plan, repository, manifest: read.manifest })
    const again = result.outcome === 'errored' && result.retryable && run.attempt < run.maxAttempts
    if (!again)
      await storeEvidence(dependencies, attempt, {
        policy,
        plan,
        backup,
        source,
        repository,
        manifest: 'manifest' in read ? read.manifest : null,
        result
      })
    if (result.reason) throw outcomeError(result)
  })
}

async function runIt(
  dependencies: Dependencies,
  { run, report, signal }: Attempt,
  what: { policy: Policy; plan: DrillPlan; repository: Repository; manifest: Manifest }
): Promise<DrillResult> {
  const { catalog, clients, slots, config, workerId } = dependencies
  const { policy, plan, repository, manifest } = what
  const staging =
    plan.where.kind === 'staging'
      ? await sourceTarget(dependencies, await catalog.sources.get(plan.where.sourceId))
      : undefined
  return drill({
    drillId: run.id,
    plan,
    manifest,
    repository,
    staging,
    clients,
    slots,
    spoolDir: spoolDir(config),
    programsDir: config.DRILL_PROGRAMS_DIR || undefined,
    launcher: config.DRILL_LAUNCHER.split(' ').filter(Boolean),
    owner: workerId,
    measuredRate: await measuredRate(dependencies),
    rtoSeconds: policy.spec.objectives.rtoMinutes * 60,
    report,
    signal
  })
}

/** A manifest that cannot be read or trusted is a finding about the backup, not a drill that could not run. */
async function readManifest(
  repository: Repository,
  source: string,
  backupId: string
): Promise<{ manifest: Manifest } | { result: DrillResult }> {
  try {
    return { manifest: await repository.readManifest(source, backupId) }
  } catch (error) {
    const { code, message, hint } = asAppError(error)
    if (!code.startsWith('MANIFEST_')) throw error
    return {
      result: {
        outcome: 'failed',
        reason: { phase: 'choosing', code, message, hint },
        retryable: false,
        startedAt: new Date(),
        timeline: [],
        restoreSeconds: null,
        restored: null,
        serverVersion: null,
        checks: [],
        logTail: []
      }
    }
  }
}

/** The backup that was asked for, the newest good one of the policy, or any good one of a period. @throws DRILL_NO_BACKUP */
async function choose(
  { catalog }: Dependencies,
  policy: Policy,
  { selection }: DrillPlan,
  asked: string | undefined
): Promise<Backup> {
  if (asked) return catalog.backups.get(asked)
  const since = selection.kind === 'random' ? Date.now() - periodMs(selection.within) : 0
  const good = (await catalog.backups.ofPolicy(policy.id)).filter(
    ({ state, repositoryId, at }) =>
      state === 'available' && repositoryId === policy.repositoryId && at.getTime() >= since
  )
  const chosen =
    selection.kind === 'random' ? good[Math.floor(Math.random() * good.length)] : good[0]
  if (!chosen)
    throw new AppError('DRILL_NO_BACKUP', `Policy ${policy.name} has no good backup to drill`)
  return catalog.backups.get(chosen.id)
}

/** `failed` is final; an errored drill is tried again where its cause may pass. */
function outcomeError({ outcome, reason, retryable }: DrillResult) {
  const { code, message, hint } = reason!
  if (outcome === 'failed') return new AppError('DRILL_FAILED', `${code}: ${message}`, { hint })
  return retryable
    ? new AppError('DRILL_ERRORED', `${code}: ${message}`, { hint })
    : new AppError('DRILL_IMPOSSIBLE', `${code}: ${message}`, { hint })
}
