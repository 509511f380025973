/** Waits so long that over time no more than `bytesPerSecond` pass, whoever calls it; undefined: no limit. */
export type Throttle = (bytes: number, signal: AbortSignal) => Promise<void>

export function rateLimit(bytesPerSecond: number | undefined): Throttle {
  if (bytesPerSecond === undefined) return async () => {}
  let freeAt = performance.now()
  return async (bytes, signal) => {
    const now = performance.now()
    freeAt = Math.max(now, freeAt) + (bytes / bytesPerSecond) * 1000
    await sleep(freeAt - now, signal)
  }
}

/** @throws the signal's reason */
function sleep(ms: number, signal: AbortSignal) {
  signal.throwIfAborted()
  return new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
