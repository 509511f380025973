import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'

/** What one way of doing it cost. `cpu`: seconds of user and system time of the clients; the server's come on top. */
export interface Usage {
  seconds: number
  cpu: number
  /** Bytes written, where something was. */
  bytes: number | null
  /** Seconds of each phase, where the way tells. */
  phases?: Record<string, number>
}

/** Peak resident memory of a running process so far, in MiB. Linux only. */
export async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)![1]) / 1024)
}

/** CPU seconds of a running process and of its children that have ended. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime, stime, cutime, cstime; see proc_pid_stat(5). The clock ticks 100 times a second on every Linux.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

/** Runs a shell script and measures it, its children included. @throws with its stderr where it fails */
export async function timeScript(script: string, env: NodeJS.ProcessEnv): Promise<Usage> {
  const started = performance.now()
  const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', `${script}\ntimes >&3`], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe']
  })
  let stderr = ''
  let times = ''
  child.stderr!.on('data', data => {
    stderr = (stderr + data).slice(-4_000)
  })
  child.stdio[3]!.on('data', data => {
    times += data
  })
  const [code] = await once(child, 'close')
  const seconds = (performance.now() - started) / 1000
  if (code !== 0) throw new Error(`exit ${code}: ${script}\n${stderr}`)
  return { seconds, cpu: sumOfTimes(times), bytes: null }
}

/** `0m1.250s 0m0.100s` twice: the shell's own, and its children's. */
function sumOfTimes(text: string): number {
  const times = [...text.matchAll(/(\d+)m([\d.]+)s/g)]
  return times.reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0
  )
}

/** Bytes below a path. */
export async function bytesBelow(path: string): Promise<number> {
  const { stdout } = await new Promise<{ stdout: string }>((resolve, reject) =>
    execFile('du', ['--bytes', '--summarize', path], (error, stdout) =>
      error ? reject(error) : resolve({ stdout })
    )
  )
  return Number(stdout.split('\t')[0])
}
