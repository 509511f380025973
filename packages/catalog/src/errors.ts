import { AppError, type Code } from '@resguardo/shared'

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  'ENOENT',
  '57P01',
  '57P02',
  '57P03',
  '53300'
])

const isUuid = (text: string) => /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)

/** @throws `code` where the id cannot be one: PostgreSQL would refuse the text itself */
export function requireUuid(id: string, code: Code, what: string) {
  if (!isUuid(id)) throw notFound(code, what, id)
}

export const notFound = (code: Code, what: string, id: string) =>
  new AppError(code, `${what} ${JSON.stringify(id.slice(0, 80))} does not exist`)

/** What a PostgreSQL error means; `onConflict` names the codes for a taken name and for rows still in use. */
export function translate(
  error: unknown,
  onConflict: { unique?: Code; foreign?: Code } = {}
): unknown {
  if (error instanceof AppError) return error
  const { code, message } = error as { code?: string; message?: string }
  if (code === '23505' && onConflict.unique)
    return new AppError(onConflict.unique, 'The name is taken', { cause: error })
  if (code === '23503' && onConflict.foreign)
    return new AppError(onConflict.foreign, 'Other records still refer to it', { cause: error })
  const lost =
    connectionErrors.has(code ?? '') ||
    code?.startsWith('08') ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/i.test(
      message ?? ''
    )
  if (lost)
    return new AppError('DEPENDENCY_UNAVAILABLE', 'The catalog (PostgreSQL) does not answer', {
      cause: error
    })
  return error
}
