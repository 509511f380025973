import type { DrillPlan } from '@resguardo/domain'
import {
  defaultJobs,
  engines,
  type FairSlots,
  type Reporter,
  type RestoreContext,
  type RestoreResult
} from '@resguardo/engines'
import { type ClientPrograms, type PgTarget, withConnection } from '@resguardo/pg-tools'
import type { Manifest, Repository } from '@resguardo/repository'
import { AppError, asAppError, type Code } from '@resguardo/shared'
import { blame } from './blame.ts'
import { explainByLog } from './explain-by-log.ts'
import { gatherStatistics, quieten } from './isolate.ts'
import { judge } from './judge.ts'
import type { Place } from './place.ts'
import { restoreRoles } from './restore-roles.ts'
import { type CheckRecord, runChecks } from './run-checks.ts'
import { scratchMemory } from './scratch-memory.ts'
import { scratchPlace } from './scratch-place.ts'
import { stagingPlace } from './staging-place.ts'
import { type Timeline, timeline } from './timeline.ts'

/** For checks, where the plan says nothing. */
const CONNECTIONS = 4

export interface DrillContext {
  drillId: string
  plan: DrillPlan
  manifest: Manifest
  repository: Repository
  /** The server of `where: staging`. */
  staging: PgTarget | undefined
  clients: ClientPrograms[]
  slots: FairSlots
  /** Where scratch clusters and files are made. */
  spoolDir: string
  programsDir: string | undefined
  /** Starts the programs of a scratch cluster, such as `nice -n 10`. */
  launcher: string[]
  /** Who runs it; names what is left behind by a crash. */
  owner: string
  measuredRate: number | null
  rtoSeconds: number
  report: Reporter
  signal: AbortSignal
}

export interface DrillReason {
  phase: string
  code: string
  message: string
  hint: string
}

export interface DrillResult {
  outcome: 'passed' | 'failed' | 'errored'
  reason: DrillReason | null
  /** Whether an errored drill may go better the next time. */
  retryable: boolean
  startedAt: Date
  timeline: Timeline['phases']
  /** From the first byte read until the database was complete; null: it never was. */
  restoreSeconds: number | null
  restored: { tables: number; rows: number; bytes: number } | null
  serverVersion: string | null
  checks: CheckRecord[]
  logTail: string[]
}

/**
 * Restores a backup where it harms nobody, checks it the way its owner would, and leaves nothing. Never throws for what the
 * drill finds: that is the result. @throws the reason of `signal`
 */
export async function drill(context: DrillContext): Promise<DrillResult> {
  const { plan, manifest, signal: stop, rtoSeconds } = context
  const budget = AbortSignal.timeout(plan.timeBudgetMinutes * 60_000)
  const signal = AbortSignal.any([stop, budget])
  const startedAt = new Date()
  const clock = timeline(context.report)
  const warnings: string[] = []
  const result: DrillResult = {
    outcome: 'passed',
    reason: null,
    retryable: false,
    startedAt,
    timeline: clock.phases,
    restoreSeconds: null,
    restored: null,
    serverVersion: null,
    checks: [],
    logTail: []
  }
  let place: Place | undefined
  try {
    await clock.enter('preparing')
    place = await enterPlace(context)
    result.serverVersion = place.serverVersion
    if (place.kind === 'scratch') await restoreRoles(place.target, { ...context, signal })
    const restored = await restore({ ...context, signal }, place, warnings, clock)
    warnings.push(...(await place.warnings()))
    result.restoreSeconds = restored.seconds
    result.restored = {
      tables: restored.tables,
      rows: restored.rows,
      bytes: await sizeOf(place.target)
    }
    await clock.enter('checking')
    if (place.kind === 'scratch') await quieten(place.target)
    await gatherStatistics(place.target, plan.jobs ?? CONNECTIONS, signal)
    result.checks = await runChecks(
      {
        database: place.target,
        manifest,
        warnings,
        clients: context.clients,
        jobs: plan.jobs ?? CONNECTIONS,
        signal,
        programsDir: context.programsDir,
        expose: () => place!.expose()
      },
      plan.checks
    )
    judge(result, rtoSeconds)
  } catch (error) {
    stop.throwIfAborted()
    const late = budget.aborted
      ? new AppError(
          'DRILL_TIMEOUT',
          `The drill took longer than its budget of ${plan.timeBudgetMinutes} minutes`
        )
      : error
    result.outcome = blame(late, clock.phase())
    const log = (await place?.logTail()) ?? []
    const { code, message, hint, retryable } = asAppError(
      result.outcome === 'failed' ? late : explainByLog(late, log)
    )
    result.retryable = retryable
    result.reason = { phase: clock.phase(), code, message, hint }
  } finally {
    await clock.enter('leaving').catch(() => {})
    result.logTail = [...warnings, ...((await place?.logTail()) ?? [])].slice(-50)
    await place?.leave()
    clock.close()
  }
  return result
}

function enterPlace(context: DrillContext): Promise<Place> {
  const { plan, drillId, manifest, clients, spoolDir, owner, launcher, staging } = context
  const database = `drill_${drillId.replaceAll('-', '').slice(0, 16)}`
  if (plan.where.kind === 'scratch') {
    const { sharedBuffersMb } = scratchMemory(plan.jobs ?? defaultJobs())
    return scratchPlace({
      manifest,
      clients,
      dir: spoolDir,
      owner,
      database,
      launcher,
      sharedBuffersMb
    })
  }
  if (!staging)
    throw new AppError('SOURCE_NOT_FOUND', 'The staging server of the drill plan does not exist')
  return stagingPlace(staging, database, plan.where.keep)
}

async function restore(
  context: DrillContext,
  place: Place,
  warnings: string[],
  clock: Timeline
): Promise<RestoreResult> {
  const { drillId, manifest, repository, clients, slots, spoolDir, owner, measuredRate, signal } =
    context
  const counted = context.plan.checks.some(({ kind }) => kind === 'row-counts')
  const restoreContext: RestoreContext = {
    restoreId: drillId,
    requestedAt: new Date(),
    manifest,
    repository,
    target: place.target,
    options: {
      missingRoles: 'create',
      mode: 'new',
      noTablespaces: true,
      isolated: true,
      jobs: context.plan.jobs,
      maintenanceWorkMemMb:
        place.kind === 'scratch'
          ? scratchMemory(context.plan.jobs ?? defaultJobs()).maintenanceWorkMemMb
          : undefined,
      // The check does it, table by table, for the evidence.
      verify: counted ? 'none' : 'counts'
    },
    clients,
    slots,
    spoolDir,
    owner,
    measuredRate,
    report: { ...context.report, phase: clock.enter },
    signal,
    onWarning: line => warnings.push(line)
  }
  await clock.enter('planning')
  const plan = await engines.logical.plan(restoreContext)
  const [problem] = plan.problems
  if (problem)
    throw new AppError(problem.code as Code, plan.problems.map(one => one.message).join('; '), {
      hint: problem.hint
    })
  return engines.logical.restore(restoreContext, plan)
}

const sizeOf = (target: PgTarget) =>
  withConnection(target, async client => {
    const { rows } = await client.query<{ n: number }>(
      'SELECT pg_database_size(current_database())::float8 AS n'
    )
    return rows[0]!.n
  })
