import type { Backup, Policy } from '@resguardo/catalog'
import { completeDrillPlan, type DrillPlan, periodMs } from '@resguardo/domain'
import { type DrillResult, drill } from '@resguardo/drills'
import type { Manifest, Repository } from '@resguardo/repository'
import { AppError, asAppError, type Code, storable } from '@resguardo/shared'
import type { Dependencies } from '../dependencies.ts'
import { recordDrill, storeEvidence } from '../drill-evidence.ts'
import { measuredRate } from '../measured-rate.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'
import { spoolDir } from '../spool-dir.ts'

/** How far a drill came. */
interface Course {
  policy: Policy
  backup: Backup | null
  result: DrillResult | null
}

/** Restores a policy's backup to prove that it restores. The run fails where the drill did not pass, with the reason's code. */
export const runDrill: Processor = async (dependencies, attempt) => {
  const startedAt = new Date()
  const policy = await dependencies.catalog.policies.get(attempt.run.policyId!)
  const course: Course = { policy, backup: null, result: null }
  try {
    await drillBackup(dependencies, attempt, course)
  } catch (error) {
    if (isLast(error, attempt))
      await recordDrill(dependencies, attempt, {
        ...course,
        result: withoutEvidence(course, error, startedAt),
        finishedAt: new Date()
      }).catch(err => attempt.log.error({ err }, 'a drill that ended early has no record'))
    throw error
  }
  if (course.result?.reason) throw outcomeError(course.result)
}

/** Whatever it throws, it could not record how the drill ended. */
async function drillBackup(dependencies: Dependencies, attempt: Attempt, course: Course) {
  const { catalog } = dependencies
  const { run, report } = attempt
  const { policy } = course
  const plan = policy.spec.drill ?? completeDrillPlan()
  await report.phase('choosing')
  const backup = await choose(dependencies, policy, plan, run.params.backupId as string | undefined)
  course.backup = backup
  const source = await catalog.sources.get(backup.sourceId)
  const row = await catalog.repositories.get(backup.repositoryId)
  await withRepository(dependencies, row, async repository => {
    const read = await readManifest(repository, source.name, backup.id)
    const manifest = 'manifest' in read ? read.manifest : null
    const result = storable(
      'result' in read
        ? read.result
        : await runIt(dependencies, attempt, { policy, plan, repository, manifest: read.manifest })
    )
    course.result = result
    if (result.outcome === 'errored' && result.retryable && hasMoreAttempts(attempt)) return
    const drilled = { policy, plan, backup, source, repository, manifest, result }
    await storeEvidence(dependencies, attempt, drilled)
  })
}

const hasMoreAttempts = ({ run }: Attempt) => run.attempt < run.maxAttempts

/** Ended by somebody, or going on elsewhere. */
const stopped = new Set<Code>(['RUN_CANCELLED', 'RUN_HANDED_BACK', 'RUN_FENCED'])

function isLast(error: unknown, attempt: Attempt) {
  const { code, retryable } = asAppError(error)
  if (attempt.signal.aborted || stopped.has(code)) return false
  return !retryable || !hasMoreAttempts(attempt)
}

/** A bad backup stays one where its evidence could not be made; all else says nothing about the backup. */
function withoutEvidence({ result }: Course, error: unknown, startedAt: Date): DrillResult {
  if (result?.outcome === 'failed') return result
  return unrestored('errored', error, { phase: result ? 'evidence' : 'choosing', startedAt })
}

/** The result of a drill that did not come to a restore. */
function unrestored(
  outcome: 'failed' | 'errored',
  error: unknown,
  { phase, startedAt }: { phase: string; startedAt: Date }
): DrillResult {
  const { code, message, hint } = asAppError(error)
  return storable({
    outcome,
    reason: { phase, code, message, hint },
    retryable: false,
    startedAt,
    timeline: [],
    restoreSeconds: null,
    restored: null,
    serverVersion: null,
    checks: [],
    logTail: []
  })
}

async function runIt(
  dependencies: Dependencies,
  { run, claim, report, signal, log }: Attempt,
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
    attempt: claim.fence,
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
    signal,
    onLeftover: line => log.error(line)
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
    if (!asAppError(error).code.startsWith('MANIFEST_')) throw error
    return { result: unrestored('failed', error, { phase: 'choosing', startedAt: new Date() }) }
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
