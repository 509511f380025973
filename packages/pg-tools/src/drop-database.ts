import { type PgTarget, withConnection } from './connection.ts'
import { ident } from './quote.ts'

/**
 * Drops a database if it is there; sessions in it are ended. `maintenance` is another database of the same server.
 * PostgreSQL refuses while a subscription belongs to it: subscriptions go first, without a word to their publishers. Their
 * slots stay, because a database that was restored has the slot names of the one that was backed up.
 * @see https://www.postgresql.org/docs/current/sql-dropsubscription.html
 */
export async function dropDatabase(maintenance: PgTarget, name: string): Promise<void> {
  await withConnection(maintenance, async client => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT subname AS name FROM pg_subscription
       WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = $1)`,
      [name]
    )
    if (rows.length > 0) await dropSubscriptions({ ...maintenance, database: name }, rows)
    await client.query(`DROP DATABASE IF EXISTS ${ident(name)} WITH (FORCE)`)
  })
}

async function dropSubscriptions(database: PgTarget, subscriptions: { name: string }[]) {
  await withConnection(database, async client => {
    for (const { name } of subscriptions) {
      await client.query(`ALTER SUBSCRIPTION ${ident(name)} DISABLE`)
      await client.query(`ALTER SUBSCRIPTION ${ident(name)} SET (slot_name = NONE)`)
      await client.query(`DROP SUBSCRIPTION ${ident(name)}`)
    }
  })
}
