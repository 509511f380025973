import { asAppError } from '@resguardo/shared'

const ATTEMPTS = 3
const FIRST_WAIT_MS = 500

/**
 * Repeats one stream after the store failed it: the snapshot is still there, and a failed write left nothing. Everything
 * else (a full store, PostgreSQL, a cancel) is thrown on at once.
 */
export async function retryStream<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const { code, retryable } = asAppError(error)
      const again = retryable && code.startsWith('STORAGE_') && code !== 'STORAGE_FULL'
      if (!again || attempt === ATTEMPTS || signal.aborted) throw error
    }
    const wait = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random())
    await new Promise(resolve => setTimeout(resolve, wait))
    signal.throwIfAborted()
  }
}
