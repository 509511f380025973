import type { Hook } from '@resguardo/domain'
import { type PgTarget, withConnection } from '@resguardo/pg-tools'

/** Runs SQL in the source's database, all of it in one transaction. */
export const sqlHook = (
  { sql, timeoutSeconds }: Extract<Hook, { kind: 'sql' }>,
  target: PgTarget
) =>
  withConnection(target, async client => {
    await client.query(`SET statement_timeout = ${timeoutSeconds * 1_000}`)
    await client.query(sql)
  })
