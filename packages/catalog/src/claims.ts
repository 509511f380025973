import type { RunError } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import { type Selectable, sql, type UpdateObject } from 'kysely'
import type { Catalog, Claim } from './catalog.ts'
import { fenced } from './claim.ts'
import type { Database } from './database.ts'
import { requireUuid } from './errors.ts'
import { addEvent } from './run-events.ts'
import { toRun } from './runs.ts'
import type { Tables } from './tables.ts'

type Change = UpdateObject<Tables, 'runs'>
const now = sql<Date>`now()`
const stale = (ms: number) =>
  sql<boolean>`status = 'running' AND heartbeat_at < now() - ${ms} * interval '1 millisecond'`

/** The worker's side of runs: one claim, then writes under its fence. */
export function claims(
  db: Database
): Omit<
  Catalog['runs'],
  'create' | 'createOnce' | 'get' | 'list' | 'events' | 'requestCancel' | 'oldestWaiting'
> {
  return {
    claim,
    async heartbeat(claim, { progress }) {
      const row = await update(db, claim, {
        heartbeat_at: now,
        ...(progress ? { progress: JSON.stringify(progress) } : {})
      })
      return { cancelRequested: row.cancel_requested_at !== null }
    },
    phase: (claim, phase) => write(claim, { phase, heartbeat_at: now }, 'phase', { phase }),
    setBackupId: (claim, backupId) =>
      write(claim, { backup_id: backupId, heartbeat_at: now }, 'backup-id', { backupId }),
    succeed: claim =>
      write(
        claim,
        { status: 'succeeded', finished_at: now, error: null, phase: null },
        'succeeded'
      ),
    fail: (claim, error) =>
      write(claim, { status: 'failed', finished_at: now, error: JSON.stringify(error) }, 'failed', {
        ...error
      }),
    cancelled: (claim, error) =>
      write(
        claim,
        { status: 'cancelled', finished_at: now, error: JSON.stringify(error) },
        'cancelled'
      ),
    requeue: (claim, { delayMs, error, uncounted }) =>
      db.transaction().execute(async trx => {
        const row = await update(trx, claim, {
          status: 'queued',
          phase: null,
          progress: null,
          next_attempt_at: sql<Date>`now() + ${delayMs} * interval '1 millisecond'`,
          error: error ? JSON.stringify(error) : null,
          ...(uncounted ? { attempt: sql<number>`attempt - 1` } : {})
        })
        await addEvent(
          trx,
          row,
          uncounted ? 'handed-back' : 'retry-scheduled',
          error ? { ...error, delayMs } : {}
        )
        return toRun(row)
      }),
    orphans
  }

  async function claim(
    runId: string,
    worker: string,
    staleAfterMs: number
  ): ReturnType<Catalog['runs']['claim']> {
    requireUuid(runId, 'RUN_NOT_FOUND', 'Run')
    try {
      return await db.transaction().execute(async trx => {
        const before = await trx
          .selectFrom('runs')
          .select(['status', 'claimed_by'])
          .where('id', '=', runId)
          .forUpdate()
          .executeTakeFirst()
        const row = await trx
          .updateTable('runs')
          .set({
            status: 'running',
            claimed_by: worker,
            fence: sql<number>`fence + 1`,
            attempt: sql<number>`attempt + 1`,
            heartbeat_at: now,
            started_at: sql<Date>`coalesce(started_at, now())`,
            progress: null
          })
          .where('id', '=', runId)
          .where(
            sql<boolean>`((status = 'queued' AND next_attempt_at <= now()) OR (${stale(staleAfterMs)} AND attempt < max_attempts))`
          )
          .returningAll()
          .executeTakeFirst()
        if (!row) return { outcome: 'taken' as const }
        const takenOver = before?.status === 'running'
        await addEvent(
          trx,
          row,
          takenOver ? 'taken-over' : 'claimed',
          takenOver ? { from: before.claimed_by } : {}
        )
        return {
          outcome: 'claimed' as const,
          run: toRun(row),
          claim: { runId, fence: row.fence },
          takenOver
        }
      })
    } catch (error) {
      if ((error as { constraint?: string }).constraint === 'runs_one_backup_per_source')
        return { outcome: 'busy' }
      throw error
    }
  }

  function write(
    claim: Claim,
    change: Change,
    event: string,
    detail: Record<string, unknown> = {}
  ) {
    return db.transaction().execute(async trx => {
      await addEvent(trx, await update(trx, claim, change), event, detail)
    })
  }

  async function orphans(staleAfterMs: number) {
    const abandoned: RunError = new AppError(
      'RUN_ABANDONED',
      'The worker stopped without a word on the last attempt'
    ).toJSON()
    await db.transaction().execute(async trx => {
      const rows = await trx
        .updateTable('runs')
        .set({
          status: 'failed',
          finished_at: now,
          error: JSON.stringify(abandoned),
          fence: sql<number>`fence + 1`
        })
        .where(stale(staleAfterMs))
        .whereRef('attempt', '>=', 'max_attempts')
        .returningAll()
        .execute()
      for (const row of rows) await addEvent(trx, row, 'failed', { ...abandoned })
    })
    const rows = await db
      .selectFrom('runs')
      .selectAll()
      .where(
        sql<boolean>`((status = 'queued' AND next_attempt_at <= now()) OR (${stale(staleAfterMs)}))`
      )
      .orderBy('created_at')
      .limit(500)
      .execute()
    return rows.map(toRun)
  }
}

/** @throws RUN_FENCED where the claim is no longer current */
async function update(
  db: Database,
  claim: Claim,
  change: Change
): Promise<Selectable<Tables['runs']>> {
  const row = await db
    .updateTable('runs')
    .set(change)
    .where('id', '=', claim.runId)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .returningAll()
    .executeTakeFirst()
  if (!row) throw fenced(claim)
  return row
}
