import { ident, type PgTarget, withConnection } from '@resguardo/pg-tools'

/**
 * Makes a restored database rest while it is checked: event triggers off (before PostgreSQL 17 there is no setting for it), and
 * subscriptions stay disabled, as pg_restore makes them.
 */
export const prepareForChecks = (database: PgTarget): Promise<void> =>
  withConnection(database, async client => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT evtname AS name FROM pg_event_trigger WHERE evtenabled <> 'D'`
    )
    for (const { name } of rows) await client.query(`ALTER EVENT TRIGGER ${ident(name)} DISABLE`)
    const enabled = await client.query('SELECT FROM pg_subscription WHERE subenabled')
    if (enabled.rowCount) throw new Error('A subscription is enabled in the restored database')
    await client.query('ANALYZE')
  })
