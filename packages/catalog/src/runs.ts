import { isFinished } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import { type Selectable, sql } from 'kysely'
import type { Catalog, NewRun, Run } from './catalog.ts'
import { claims } from './claims.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import { addEvent } from './run-events.ts'
import type { Tables } from './tables.ts'

export function runs(db: Database): Catalog['runs'] {
  return {
    ...claims(db),
    create: run => db.transaction().execute(trx => insertRun(trx, run)),
    async createOnce(run) {
      try {
        return await db.transaction().execute(trx => insertRun(trx, run))
      } catch (error) {
        const { constraint = '' } = error as { constraint?: string }
        if (constraint.startsWith('runs_one_')) return undefined
        throw error
      }
    },
    get: async id => toRun(await find(db, id)),
    async list({ kind, status, sourceId, policyId, ...query }) {
      let select = db.selectFrom('runs').selectAll()
      if (kind) select = select.where('kind', '=', kind)
      if (status) select = select.where('status', '=', status)
      if (sourceId) select = select.where('source_id', '=', sourceId)
      if (policyId) select = select.where('policy_id', '=', policyId)
      return readPage(select, query, newestFirst('runs'), toRun)
    },
    async events(runId, after = 0) {
      await find(db, runId)
      const rows = await db
        .selectFrom('run_events')
        .selectAll()
        .where('run_id', '=', runId)
        .where('id', '>', after)
        .orderBy('id')
        .execute()
      return rows.map(({ run_id, ...event }) => ({ ...event, runId: run_id }))
    },
    async oldestWaiting() {
      const row = await db
        .selectFrom('runs')
        .select(sql<Date | null>`min(greatest(created_at, next_attempt_at))`.as('at'))
        .where('status', '=', sql.lit('queued'))
        .where(sql<boolean>`next_attempt_at <= now()`)
        .executeTakeFirst()
      return row?.at ?? null
    },
    requestCancel: (id, by) =>
      db.transaction().execute(async trx => {
        const run = await find(trx, id, true)
        if (isFinished(run.status))
          throw new AppError('RUN_NOT_CANCELLABLE', `Run ${id} is ${run.status}`)
        const error = new AppError('RUN_CANCELLED', `Cancelled by ${by} before it started`)
        const change =
          run.status === 'queued'
            ? {
                status: 'cancelled' as const,
                finished_at: sql<Date>`now()`,
                error: JSON.stringify(error)
              }
            : { cancel_requested_at: sql<Date>`coalesce(cancel_requested_at, now())` }
        const row = await trx
          .updateTable('runs')
          .set(change)
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        await addEvent(trx, row, row.status === 'cancelled' ? 'cancelled' : 'cancel-requested', {
          by
        })
        return toRun(row)
      })
  }
}

/** Inserts a queued run and its first event; within the caller's transaction. */
export async function insertRun(trx: Database, run: NewRun): Promise<Run> {
  const row = await trx
    .insertInto('runs')
    .values({
      kind: run.kind,
      max_attempts: run.maxAttempts,
      source_id: run.sourceId ?? null,
      repository_id: run.repositoryId ?? null,
      restore_id: run.restoreId ?? null,
      backup_id: run.backupId ?? null,
      policy_id: run.policyId ?? null,
      params: JSON.stringify(run.params ?? {}),
      requested_by: run.requestedBy,
      request_id: run.requestId ?? null
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await addEvent(trx, row, 'queued', { by: run.requestedBy })
  return toRun(row)
}

async function find(db: Database, id: string, lock = false) {
  requireUuid(id, 'RUN_NOT_FOUND', 'Run')
  let select = db.selectFrom('runs').selectAll().where('id', '=', id)
  if (lock) select = select.forUpdate()
  const row = await select.executeTakeFirst()
  if (!row) throw notFound('RUN_NOT_FOUND', 'Run', id)
  return row
}

export const toRun = (row: Selectable<Tables['runs']>): Run => ({
  id: row.id,
  kind: row.kind,
  status: row.status,
  sourceId: row.source_id,
  repositoryId: row.repository_id,
  backupId: row.backup_id,
  restoreId: row.restore_id,
  policyId: row.policy_id,
  params: row.params,
  claimedBy: row.claimed_by,
  fence: row.fence,
  heartbeatAt: row.heartbeat_at,
  attempt: row.attempt,
  maxAttempts: row.max_attempts,
  phase: row.phase,
  progress: row.progress,
  error: row.error,
  requestedBy: row.requested_by,
  requestId: row.request_id,
  cancelRequestedAt: row.cancel_requested_at,
  nextAttemptAt: row.next_attempt_at,
  createdAt: row.created_at,
  startedAt: row.started_at,
  finishedAt: row.finished_at
})
