import { defineCheck } from '../check.ts'
import { type Client, withSession } from './session.ts'

const READ_ONLY = '25006'

/** The database accepts a connection, tells its version, is no standby and takes a write. */
export const starts = defineCheck({
  kind: 'starts',
  run: context =>
    withSession(context, async client => {
      const expected = 'answers, is not in recovery and takes writes'
      const query = 'SELECT version(), pg_is_in_recovery()'
      const { rows } = await client.query<{ version: string; pg_is_in_recovery: boolean }>(query)
      const { version, pg_is_in_recovery: recovering } = rows[0]!
      if (recovering) return { passed: false, expected, query, actual: `${version}, in recovery` }
      const refusal = await tryToWrite(client)
      if (refusal) return { passed: false, expected, query, actual: `${version}, but: ${refusal}` }
      return { passed: true, expected, query, actual: version }
    })
})

/** READ WRITE: a database may be read-only by a setting of its own, and is no worse for it. */
async function tryToWrite(client: Client): Promise<string | undefined> {
  try {
    await client.query('BEGIN READ WRITE')
    await client.query('CREATE TEMPORARY TABLE resguardo_starts (n integer)')
    await client.query('INSERT INTO resguardo_starts VALUES (1)')
    await client.query('DROP TABLE resguardo_starts')
    await client.query('COMMIT')
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (code === READ_ONLY) return message
    throw error
  }
}
