import { type PolicySpec, schedulesOf } from '@resguardo/domain'
import { sql } from 'kysely'
import type { Database } from './database.ts'

const now = sql<Date>`now()`

/** Makes a policy's states fit its schedules. One whose time changed begins anew: nothing before now is missed. */
export async function writeSchedules(
  trx: Database,
  policyId: string,
  spec: PolicySpec
): Promise<void> {
  const { timeZone } = spec
  const schedules = schedulesOf(spec)
  await trx
    .deleteFrom('schedule_states')
    .where('policy_id', '=', policyId)
    .where('schedule', 'not in', ['', ...schedules.map(({ name }) => name)])
    .execute()
  for (const { name, cron } of schedules) {
    await trx
      .insertInto('schedule_states')
      .values({ policy_id: policyId, schedule: name, cron, time_zone: timeZone, since: now })
      .onConflict(conflict =>
        conflict
          .columns(['policy_id', 'schedule'])
          .doUpdateSet({ cron, time_zone: timeZone, since: now })
          .where(
            sql<boolean>`(schedule_states.cron, schedule_states.time_zone) <> (${cron}, ${timeZone})`
          )
      )
      .execute()
  }
}

/** Nothing before now is missed. */
export async function restartSchedules(trx: Database, policyId: string): Promise<void> {
  await trx
    .updateTable('schedule_states')
    .set({ since: now })
    .where('policy_id', '=', policyId)
    .execute()
}
