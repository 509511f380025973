import { setTimeout as sleep } from 'node:timers/promises'

/** The promise, or a rejection after `ms`. What comes later from the promise is dropped. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  const done = new AbortController()
  promise.catch(() => {})
  const late = sleep(ms, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error(`${what} did not answer within ${ms} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    done.abort()
  }
}

/** Waits; returns early and quietly when the signal aborts. */
export const pause = (ms: number, signal: AbortSignal) =>
  sleep(ms, undefined, { signal }).catch(() => {})
