import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { runText, type Stage } from '@resguardo/processes'
import pg from 'pg'
import type { Test } from 'tap'
import { createDatabase, query, superuserUrl } from '../../../test/support/postgres.ts'
import { chooseClient, findClientPrograms, type PgTarget, pgEnv } from '../src/index.ts'

/** A database of the shared server as a target; of any name. */
export async function testTarget(t: Test, sql = '', name?: string): Promise<PgTarget> {
  const { connection, password } = await createDatabase(t, sql, name)
  return { ...connection, password }
}

/** Programs that fit the shared server. */
export const client = chooseClient(await findClientPrograms(), 15)

/** What a query prints, run by psql with the target's environment and nothing else. */
export const psql = (target: PgTarget, sql: string) =>
  runText([psqlStage(target, sql)]).then(text => text.trim())

export const psqlStage = (target: PgTarget, sql: string): Stage => ({
  name: 'psql',
  cmd: join(client.bin, 'psql'),
  args: ['-XAt', '--no-password', '--set=ON_ERROR_STOP=1', '--command', sql],
  env: pgEnv(target)
})

/** A role of the shared server that may log in; gone at the end of the test. */
export async function testRole(t: Test, settings: Record<string, string> = {}) {
  const role = {
    user: `test_${randomBytes(5).toString('hex')}`,
    password: randomBytes(9).toString('hex')
  }
  const name = pg.escapeIdentifier(role.user)
  await query(superuserUrl(), `CREATE ROLE ${name} LOGIN PASSWORD '${role.password}'`)
  t.teardown(() => query(superuserUrl(), `DROP ROLE ${name}`))
  for (const [setting, value] of Object.entries(settings))
    await query(superuserUrl(), `ALTER ROLE ${name} SET ${setting} = '${value}'`)
  return role
}

/** A name that every layer has to quote: SQL, conninfo, shell. */
export const weird = () => `we"ird' \\ ñ $(x) ${randomBytes(4).toString('hex')}`
