import type { Progress } from './run.ts'

/** Progress from what is done after `elapsedMs`. The ETA is left open until a rate is known or when done exceeds the estimate. */
export function progressOf(
  done: number,
  total: number | null,
  elapsedMs: number,
  unit: Progress['unit']
): Progress {
  const rate = elapsedMs > 0 ? Math.round((done * 1000) / elapsedMs) : 0
  const left = total === null ? null : total - done
  const etaSeconds = left === null || left < 0 || rate === 0 ? null : Math.ceil(left / rate)
  return { done, total, unit, rate, etaSeconds }
}
