import { type Code, codes } from './codes.ts'
import { storable } from './storable.ts'

export interface AppErrorOptions {
  cause?: unknown
  /** Replaces the table's hint where the place that throws knows better. */
  hint?: string
}

/** An error a user may see: a stable public code, what happened, and a hint what to do. Never holds a secret. */
export class AppError extends Error {
  readonly code: Code
  readonly hint: string

  constructor(code: Code, message: string, options: AppErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'AppError'
    this.code = code
    this.hint = options.hint ?? codes[code].hint
  }

  get retryable() {
    return codes[this.code].retryable
  }

  get http() {
    return codes[this.code].http
  }

  /** The shape that is kept in a run and shown by the API. */
  toJSON() {
    const { code, message, hint, retryable } = this
    return storable({ code, message, hint, retryable })
  }
}

/** Any thrown value as an AppError; what is not one already becomes `fallback` with its message kept. */
export function asAppError(error: unknown, fallback: Code = 'INTERNAL'): AppError {
  if (error instanceof AppError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new AppError(fallback, message, { cause: error })
}
