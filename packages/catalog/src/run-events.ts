import type { Database } from './database.ts'

/** A line of a run's history, in the transaction that changes the run. */
export async function addEvent(
  trx: Database,
  run: { id: string; attempt: number; claimed_by: string | null },
  type: string,
  detail: Record<string, unknown> = {}
) {
  await trx
    .insertInto('run_events')
    .values({
      run_id: run.id,
      type,
      attempt: run.attempt,
      worker: run.claimed_by,
      detail: JSON.stringify(detail)
    })
    .execute()
}
