import { AppError } from '@resguardo/shared'
import type { CheckContext } from '../check.ts'
import { type Client, withSession } from './session.ts'
import { wrongCheck } from './wrong-check.ts'

/** Longest time that one query of a check may take. */
const STATEMENT_MINUTES = 30

const CANCELED = '57014'
const PRIVILEGE_MISSING = '42501'
/** Data exceptions, unsupported features, invalid transaction states (a write), syntax and names. */
const mistakes = /^(22|0A|25|42)/

/** The first value of a query as PostgreSQL writes it. */
export interface Answer {
  anyRow: boolean
  value: string | null
}

/**
 * A read-only transaction, with times in UTC and ISO form. What the query's author got wrong comes out as VALIDATION_FAILED.
 */
export function readOnly<T>(context: CheckContext, work: (client: Client) => Promise<T>) {
  return withSession(context, async client => {
    await client.query(
      `SET statement_timeout = '${STATEMENT_MINUTES}min'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'postgres'`
    )
    await client.query('BEGIN READ ONLY')
    try {
      return await work(client)
    } catch (error) {
      throw explainQuery(error)
    }
  })
}

/**
 * A cursor: of a large result only the first row leaves the server. Named, because the extended protocol takes one statement
 * only: `SELECT 1; COMMIT; DROP …` is an error.
 */
export async function firstValue(client: Client, query: string): Promise<Answer> {
  await client.query({ name: 'answer', text: `DECLARE answer NO SCROLL CURSOR FOR ${query}` })
  const { rows } = await client.query<(string | null)[]>({
    text: 'FETCH FIRST FROM answer',
    rowMode: 'array',
    types: { getTypeParser: () => (text: string) => text }
  })
  return { anyRow: rows.length > 0, value: rows[0]?.[0] ?? null }
}

/** Milliseconds from a time, as `firstValue` gives it, to the moment of the backup; negative: it is later. */
export async function ageAtBackup(
  client: Client,
  time: string,
  { manifest }: CheckContext
): Promise<number> {
  const { rows } = await client.query<{ ms: number }>(
    'SELECT (extract(epoch FROM $1::timestamptz) * 1000)::float8 AS ms',
    [time]
  )
  return Date.parse(manifest.snapshot.at) - rows[0]!.ms
}

function explainQuery(error: unknown) {
  const { code = '', message } = error as Error & { code?: string }
  if (code === CANCELED)
    return new AppError('TOOL_STALLED', `The query took longer than ${STATEMENT_MINUTES} minutes`, {
      cause: error,
      hint: 'Make the query of the check cheaper.'
    })
  if (code === PRIVILEGE_MISSING || error instanceof AppError || !mistakes.test(code)) return error
  return wrongCheck(
    `The query cannot be answered: ${message}`,
    'Correct the query, table or column of the check; a query is one SELECT that writes nothing.',
    error
  )
}
