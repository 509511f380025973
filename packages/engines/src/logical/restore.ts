import type { RestorePlan } from '@resguardo/domain'
import {
  chooseClient,
  explainPgError,
  explainStage,
  type PgTarget,
  pgRestoreStage,
  withConnection
} from '@resguardo/pg-tools'
import { runText } from '@resguardo/processes'
import { explainAge, type Manifest } from '@resguardo/repository'
import { AppError, type Code } from '@resguardo/shared'
import type pg from 'pg'
import type { RestoreContext, RestoreResult } from '../engine.ts'
import { maintenanceTarget } from './maintenance.ts'
import { countRows } from './tables.ts'
import {
  createRoles,
  createStaging,
  dropStaging,
  isPublished,
  publish,
  stagingName
} from './target-database.ts'

/**
 * Fills a new database beside the wanted name, counts every table against the manifest, and only then renames it. Whatever
 * goes wrong or is cancelled before, the new database is dropped and the target is as it was.
 */
export async function restore(context: RestoreContext, plan: RestorePlan): Promise<RestoreResult> {
  const { restoreId, manifest, target, signal, report } = context
  const { tables, rows, plainBytes } = plan.backup
  const clock = phaseClock()
  const enter = (phase: string) => {
    clock.enter(phase)
    return report.phase(phase)
  }
  await enter('preparing')
  const maintenance = await maintenanceTarget(target)
  const result = () => ({ database: target.database, tables, rows, plainBytes, ...clock.finish() })
  if (await isPublished(maintenance, target.database, restoreId)) return result()
  refuseBlocked(plan)
  await dropStaging(maintenance, restoreId)
  const staging = { ...target, database: stagingName(restoreId, Date.now().toString(36)) }
  try {
    await createRoles(maintenance, plan.rolesToCreate)
    await createStaging(maintenance, staging.database, manifest, plan.target.serverMajor)
    await enter('restoring')
    await load(context, plan, staging)
    await enter('analyzing')
    await withConnection(staging, client =>
      stoppable(signal, client, () => client.query('ANALYZE'))
    )
    await enter('verifying')
    await withConnection(staging, client =>
      stoppable(signal, client, () => verifyCounts(client, manifest))
    )
    await enter('publishing')
    signal.throwIfAborted()
    await publish(maintenance, {
      staging: staging.database,
      database: target.database,
      owner: ownerFor(plan, manifest),
      restoreId
    })
  } catch (error) {
    await dropStaging(maintenance, restoreId).catch(() => {}) // the first error is the one to report; the sweep's next attempt drops it too
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

async function load(
  { manifest, repository, clients, options, report, signal }: RestoreContext,
  plan: RestorePlan,
  staging: PgTarget
) {
  const archive = manifest.objects.find(({ role }) => role === 'archive')
  if (!archive) throw new AppError('MANIFEST_INVALID', `${manifest.id} has no archive`)
  const client = chooseClient(clients, Number.parseInt(manifest.tool.pgDumpVersion, 10))
  const withoutRoles = options.missingRoles === 'skip' && plan.missingRoles.length > 0
  const stages = [
    ...(await repository.openingStages()),
    pgRestoreStage(client, staging, { withoutRoles })
  ]
  let done = 0
  async function* input() {
    for await (const chunk of repository.read(manifest, archive!, signal)) {
      done += chunk.length
      report.progress(done, archive!.bytes)
      yield chunk
    }
  }
  try {
    await runText(stages, { signal, input: input() })
  } catch (error) {
    signal.throwIfAborted()
    throw explainStage(explainAge(error))
  }
}

async function verifyCounts(client: pg.Client, manifest: Manifest) {
  const wrong: string[] = []
  for (const table of manifest.tables) {
    const rows = await countRows(client, table).catch(error => {
      throw explainPgError(error, { host: 'the target', port: 0, database: 'restored' })
    })
    if (rows !== table.rows)
      wrong.push(`${table.schema}.${table.name} has ${rows} rows, the backup ${table.rows}`)
  }
  const { rows } = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_largeobject_metadata'
  )
  if (rows[0]!.n !== manifest.largeObjects)
    wrong.push(`${rows[0]!.n} large objects, the backup has ${manifest.largeObjects}`)
  if (wrong.length > 0) throw new AppError('RESTORE_COUNT_MISMATCH', wrong.slice(0, 20).join('; '))
}

function ownerFor(plan: RestorePlan, { source }: Manifest) {
  return plan.missingRoles.includes(source.owner) && plan.options.missingRoles === 'skip'
    ? null
    : source.owner
}

/** Runs a query that an abort ends by closing its connection. */
async function stoppable<T>(
  signal: AbortSignal,
  client: pg.Client,
  work: () => Promise<T>
): Promise<T> {
  const end = () => void client.end().catch(() => {})
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    return await work()
  } finally {
    signal.removeEventListener('abort', end)
  }
}

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
