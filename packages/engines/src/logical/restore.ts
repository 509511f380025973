import type { RestorePlan } from '@resguardo/domain'
import { dropDatabase } from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import { AppError, type Code } from '@resguardo/shared'
import type { RestoreContext, RestoreResult } from '../engine.ts'
import { storedProperties } from './database-properties.ts'
import { load } from './load.ts'
import { databaseExists, maintenanceTarget } from './maintenance.ts'
import { datedName } from './rename-databases.ts'
import {
  createRoles,
  createStaging,
  dropStaging,
  isPublished,
  publish,
  stagingName
} from './target-database.ts'
import { withoutTransactionTimeout } from './transaction-timeout.ts'
import { verify } from './verify.ts'

/**
 * Fills a new database beside the wanted name, compares every table with the manifest, and only then renames it; in mode
 * `swap` the database that had the name is kept under a dated one. Whatever goes wrong or is cancelled before, the new
 * database is dropped and the target is as it was.
 */
export async function restore(context: RestoreContext, plan: RestorePlan): Promise<RestoreResult> {
  const { restoreId, manifest, signal, report } = context
  const target = withoutTransactionTimeout(context.target, plan.target.serverMajor)
  const { tables, rows, plainBytes } = plan.backup
  const clock = phaseClock()
  const enter = (phase: string) => {
    clock.enter(phase)
    return report.phase(phase)
  }
  await enter('preparing')
  const maintenance = await maintenanceTarget(target)
  const keptAs = datedName(target.database, 'before', context.requestedAt)
  const result = async () => ({
    database: target.database,
    replaced: (await databaseExists(maintenance, keptAs)) ? keptAs : null,
    tables,
    rows,
    plainBytes,
    ...clock.finish()
  })
  if (await isPublished(maintenance, target.database, restoreId)) return result()
  refuseBlocked(plan)
  await dropStaging(maintenance, restoreId)
  const staging = { ...target, database: stagingName(restoreId, Date.now().toString(36)) }
  try {
    await createRoles(maintenance, plan.rolesToCreate)
    await createStaging(maintenance, staging.database, manifest, plan.target.serverMajor)
    await load(context, plan, staging, enter)
    if (context.options.verify !== 'none') {
      await enter('verifying')
      await verify(context, staging)
    }
    await enter('publishing')
    signal.throwIfAborted()
    await publish(maintenance, {
      staging: staging.database,
      database: target.database,
      owner: ownerFor(plan, manifest),
      properties: await storedProperties(context),
      roles: name => !skippedRoles(plan).includes(name),
      restoreId,
      replacing: plan.options.mode === 'swap' && plan.target.databaseExists ? keptAs : undefined
    })
  } catch (error) {
    // Only its own: a later attempt may be running. The first error is the one to report; the next attempt drops this, too.
    await dropDatabase(maintenance, staging.database).catch(() => {})
    signal.throwIfAborted()
    throw error
  }
  return result()
}

function refuseBlocked({ problems }: RestorePlan) {
  const [first] = problems
  if (!first) return
  throw new AppError(first.code as Code, problems.map(({ message }) => message).join('; '), {
    hint: problems.map(({ hint }) => hint).join(' ')
  })
}

const skippedRoles = ({ missingRoles, options }: RestorePlan) =>
  options.missingRoles === 'skip' ? missingRoles : []

const ownerFor = (plan: RestorePlan, { source }: Manifest) =>
  skippedRoles(plan).includes(source.owner) ? null : source.owner

function phaseClock() {
  const started = performance.now()
  const phases: Record<string, number> = {}
  let current: { name: string; since: number } | undefined
  const close = () => {
    if (current) phases[current.name] = round(performance.now() - current.since)
  }
  return {
    enter(name: string) {
      close()
      current = { name, since: performance.now() }
    },
    finish() {
      close()
      return { seconds: round(performance.now() - started), phases }
    }
  }
}

const round = (ms: number) => Math.round(ms) / 1000
