import { ident, type PgTarget, qualified, withConnection } from '@resguardo/pg-tools'

/**
 * Makes a restored database rest while it is checked: event triggers off (before PostgreSQL 17 there is no setting for it), and
 * subscriptions stay disabled, as pg_restore makes them.
 */
export const quieten = (database: PgTarget): Promise<void> =>
  withConnection(database, async client => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT evtname AS name FROM pg_event_trigger WHERE evtenabled <> 'D'`
    )
    for (const { name } of rows) await client.query(`ALTER EVENT TRIGGER ${ident(name)} DISABLE`)
    const enabled = await client.query(`
      SELECT FROM pg_subscription
      WHERE subenabled AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`)
    if (enabled.rowCount) throw new Error('A subscription is enabled in the restored database')
  })

/**
 * Gathers statistics on several connections, largest tables first: queries of checks are planned as in the source. A table that
 * cannot be analysed is left to the checks, and one with foreign partitions out: its ANALYZE would reach out.
 */
export async function gatherStatistics(
  database: PgTarget,
  jobs: number,
  signal: AbortSignal
): Promise<void> {
  const tables = await withConnection(database, async client => {
    const { rows } = await client.query<{ schema: string; name: string }>(`
      WITH RECURSIVE reaching_out AS (
        SELECT oid FROM pg_class WHERE relkind = 'f'
        UNION SELECT i.inhparent FROM pg_inherits i JOIN reaching_out r ON r.oid = i.inhrelid)
      SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND c.oid NOT IN (SELECT oid FROM reaching_out)
      ORDER BY c.relpages DESC`)
    return rows
  })
  const queue = tables[Symbol.iterator]()
  const lane = () =>
    withConnection(database, async client => {
      for (const { schema, name } of queue) {
        signal.throwIfAborted()
        await client.query(`ANALYZE ${qualified(schema, name)}`).catch(() => {})
      }
    })
  await Promise.all(Array.from({ length: Math.min(jobs, tables.length) }, lane))
}
