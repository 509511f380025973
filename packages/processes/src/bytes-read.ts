import { readFile } from 'node:fs/promises'

/**
 * Bytes a running process has read so far, or undefined where the system does not tell (not Linux) or the process is gone.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_io.5.html
 */
export async function bytesRead(pid: number): Promise<number | undefined> {
  const io = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '')
  const rchar = /^rchar: (\d+)/.exec(io)?.[1]
  return rchar === undefined ? undefined : Number(rchar)
}
