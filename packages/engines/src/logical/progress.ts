import { bytesRead } from '@resguardo/processes'
import type { Reporter } from '../engine.ts'

const EVERY_MS = 500

/** Adds up the plain bytes that several compressors have read. `totalBytes` is an estimate. */
export function trackCompressors(report: Reporter, totalBytes: number) {
  const running = new Set<number>()
  let finished = 0
  const timer = setInterval(async () => {
    const read = await Promise.all([...running].map(pid => bytesRead(pid)))
    report.progress(
      read.reduce<number>((sum, bytes) => sum + (bytes ?? 0), finished),
      totalBytes
    )
  }, EVERY_MS)
  return {
    started: (pid: number) => void running.add(pid),
    ended(pid: number | undefined, plainBytes: number) {
      if (pid !== undefined) running.delete(pid)
      finished += plainBytes
    },
    stop: () => clearInterval(timer)
  }
}
