import { inspect } from 'node:util'
import type { Test } from 'tap'

export const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    error => error
  )

/** Whether an error, with all that hangs on it, is free of them; the causes too, and what is not enumerable. */
export function holdsNone(t: Test, error: unknown, secrets: string[]) {
  const everything = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: null })
  const said = `${everything}\n${JSON.stringify(error)}\n${(error as Error).message}`
  for (const secret of secrets) t.notOk(said.includes(secret), `${secret} is not told`)
}
