import type { PgTarget } from '@resguardo/pg-tools'
import type pg from 'pg'

/** Servers before this major do not know `transaction_timeout`, and refuse a connection that sets it. */
const SINCE = 17

/** A target whose sessions no transaction_timeout ends, ours and those of tools. pg_dump and pg_restore of that major see to it, psql does not. */
export const withoutTransactionTimeout = (target: PgTarget, serverMajor: number): PgTarget =>
  serverMajor < SINCE
    ? target
    : { ...target, settings: { ...target.settings, transaction_timeout: '0' } }

/** The same for a session of a server whose version is not known yet; before its transaction. */
export async function endTransactionTimeout(client: pg.Client): Promise<void> {
  await client.query(`
    SELECT set_config('transaction_timeout', '0', false)
    WHERE current_setting('server_version_num')::int >= ${SINCE}0000`)
}
