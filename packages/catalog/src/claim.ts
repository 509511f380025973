import { AppError } from '@resguardo/shared'
import type { Claim } from './catalog.ts'
import type { Database } from './database.ts'

export const fenced = ({ runId, fence }: Claim) =>
  new AppError('RUN_FENCED', `Run ${runId} is no longer held with fence ${fence}`)

/** Locks the run's row for the transaction. @throws RUN_FENCED unless the claim is current */
export async function requireClaim(trx: Database, claim: Claim): Promise<void> {
  const row = await trx
    .selectFrom('runs')
    .select('id')
    .where('id', '=', claim.runId)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw fenced(claim)
}
