/** One program of a pipeline. Secrets go in `env`, never in `args`: other users of the host can read argv. */
export interface Stage {
  /** Short name for messages: `pg_dump`, `zstd`, `age`. */
  name: string
  cmd: string
  args: string[]
  /** Added to the few variables every tool gets (PATH, LC_ALL, TZ); nothing else of our own environment is handed on. */
  env?: Record<string, string>
  /** Called with each piece of stderr as it comes. */
  onStderr?: (text: string) => void
}

/** How a stage failed. Internal: whoever runs a pipeline turns it into an AppError that its user understands. */
export class StageError extends Error {
  readonly stage: string
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The last 64 KiB of what the tool wrote. */
  readonly stderr: string

  constructor(
    stage: string,
    exitCode: number | null,
    signal: NodeJS.Signals | null,
    stderr: string
  ) {
    const ended = signal ? `was killed by ${signal}` : `exited with ${exitCode}`
    super(`${stage} ${ended}${stderr.trim() ? `: ${lastLines(stderr)}` : ''}`)
    this.name = 'StageError'
    this.stage = stage
    this.exitCode = exitCode
    this.signal = signal
    this.stderr = stderr
  }
}

/** The last complaint that tells something: a statement of many lines may follow it, and parallel ones that only end. */
function lastLines(stderr: string) {
  const lines = stderr.split('\n').filter(line => line.trim())
  const complaint = lines.findLastIndex(
    line =>
      /^\S+ (error|fatal): |^(ERROR|FATAL|PANIC): /i.test(line) &&
      !/worker process died unexpectedly/.test(line)
  )
  return complaint < 0
    ? lines.slice(-3).join(' | ').slice(-500)
    : lines.slice(complaint).slice(0, 3).join(' | ').slice(0, 500)
}
