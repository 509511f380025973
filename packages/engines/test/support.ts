import { randomBytes } from 'node:crypto'
import { type PgTarget, withConnection } from '@resguardo/pg-tools'
import type { Test } from 'tap'
import { createDatabase, dropDatabase } from '../../../test/support/postgres.ts'

/** A database of the shared server. */
export async function testSource(t: Test, sql = ''): Promise<PgTarget> {
  const { connection, password } = await createDatabase(t, sql)
  return { ...connection, password }
}

/** A name on the same server that a restore may take; what has it at the end of the test is dropped. */
export function newName(t: Test, beside: PgTarget): PgTarget {
  const database = `test_${randomBytes(6).toString('hex')}`
  t.teardown(() => dropDatabase(database))
  return { ...beside, database }
}

export const rowsOf = <T extends object>(target: PgTarget, sql: string): Promise<T[]> =>
  withConnection(target, async client => (await client.query<T>(sql)).rows)
