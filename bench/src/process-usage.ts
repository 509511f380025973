import { readFile } from 'node:fs/promises'

/** Peak resident memory of a running process so far, in MiB. Linux only. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)![1]) / 1024)
}
