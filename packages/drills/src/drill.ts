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
import { messageWithoutRows, withoutRows } from './without-rows.ts'

/** For checks, where the plan says nothing. */
const CONNECTIONS = 4

export interface DrillContext {
  drillId: string
  /** Higher than that of any earlier attempt of this drill. */
  attempt: number
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
  /** Hears what could not be removed: somebody must. */
  onLeftover: (line: string) => void
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
  /** Tables and rows as they were counted in the restored database; null: they were not. */
  restored: { tables: number | null; rows: number | null; bytes: number } | null
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
    const bytes = await sizeOf(place.target)
    const { tables, rows } = isCounted(plan) ? notCounted : restored
    result.restored = { tables, rows, bytes }
    await clock.enter('checking')
    await quieten(place.target)
    await gatherStatistics(place.target, plan.jobs ?? CONNECTIONS, signal)
    result.checks = await runChecks(
      {
        database: place.target,
        manifest,
        warnings: withoutRows(warnings),
        clients: context.clients,
        jobs: plan.jobs ?? CONNECTIONS,
        signal,
        programsDir: context.programsDir,
        expose: () => place!.expose()
      },
      plan.checks
    )
    const counted = result.checks.find(({ counted }) => counted)?.counted
    if (counted) result.restored = { ...counted, bytes }
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
    result.reason = { phase: clock.phase(), code, message: messageWithoutRows(message), hint }
  } finally {
    await clock.enter('leaving').catch(() => {})
    const log = (await place?.logTail()) ?? []
    const left = await leave(place)
    for (const line of left) context.onLeftover(line)
    result.logTail = [...withoutRows(warnings), ...withoutRows(log), ...left].slice(-50)
    clock.close()
  }
  return result
}

/** Changes no result: what could not be removed is told. */
async function leave(place: Place | undefined): Promise<string[]> {
  try {
    await place?.leave()
    return []
  } catch (error) {
    return [`Not all that the drill made could be removed: ${asAppError(error).message}`]
  }
}

/** By a check, table by table, for the evidence: the restore need not. */
const isCounted = ({ checks }: DrillPlan) => checks.some(({ kind }) => kind === 'row-counts')
const notCounted = { tables: null, rows: null }

function enterPlace(context: DrillContext): Promise<Place> {
  const { plan, drillId, attempt, manifest, clients, spoolDir, owner, launcher, staging } = context
  const drill = `drill_${drillId.replaceAll('-', '').slice(0, 16)}`
  if (plan.where.kind === 'scratch') {
    const memory = scratchMemory(plan.jobs ?? defaultJobs())
    return scratchPlace({
      manifest,
      clients,
      dir: spoolDir,
      owner,
      database: drill,
      launcher,
      memory
    })
  }
  if (!staging)
    throw new AppError('SOURCE_NOT_FOUND', 'The staging server of the drill plan does not exist')
  const { roles } = manifest
  return stagingPlace({ server: staging, drill, attempt, roles, keep: plan.where.keep })
}

async function restore(
  context: DrillContext,
  place: Place,
  warnings: string[],
  clock: Timeline
): Promise<RestoreResult> {
  const { drillId, manifest, repository, clients, slots, spoolDir, owner, measuredRate, signal } =
    context
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
      disposable: place.kind === 'scratch',
      jobs: context.plan.jobs,
      maintenanceWorkMemMb: place.maintenanceWorkMemMb,
      verify: isCounted(context.plan) ? 'none' : 'counts'
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
