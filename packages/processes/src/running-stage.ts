import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { AppError } from '@resguardo/shared'
import { toolEnvironment } from './environment.ts'
import { type Stage, StageError } from './stage.ts'

const STDERR_KEPT = 65_536

export interface RunningStage {
  stage: Stage
  child: ChildProcess
  /** Resolves when the program runs. @throws TOOL_MISSING where it is not installed */
  started: Promise<void>
  stdin: Writable | null
  /** Null where the stage writes to a file. */
  stdout: Readable | null
  stderr: string
  done: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>
}

/**
 * Starts one stage. `input` is the stdout of the stage before it (handed over as a file descriptor, so that the data never
 * enters JavaScript), `pipe` for a stdin that we write, or `ignore`; `output` is `pipe` or a file's descriptor. Synchronous on purpose: between two stages no turn
 * of the event loop may pass, or Node would read the first bytes of a stdout that belongs to the next stage.
 * Each stage leads a process group of its own, so that what it forked is ended with it.
 */
export function startStage(
  stage: Stage,
  input: Readable | 'pipe' | 'ignore',
  output: 'pipe' | number
): RunningStage {
  const child = spawn(stage.cmd, stage.args, {
    env: toolEnvironment(stage.env),
    stdio: [input, output, 'pipe'],
    detached: true
  })
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', error => reject(notStarted(stage, error)))
  })
  started.catch(() => {}) // whoever awaits `started` reports it
  const running: RunningStage = {
    stage,
    started,
    child,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: '',
    done: new Promise(resolve => {
      child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
    })
  }
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    running.stderr = (running.stderr + text).slice(-STDERR_KEPT)
    stage.onStderr?.(text)
  })
  child.on('error', () => {}) // a failed kill; `close` tells how the stage ended
  return running
}

export const isAlive = ({ child }: RunningStage) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null

/** Signals the stage and all it forked. */
export function signalStage(stage: RunningStage, signal: NodeJS.Signals) {
  if (!isAlive(stage)) return
  try {
    process.kill(-stage.child.pid!, signal)
  } catch {
    stage.child.kill(signal)
  }
}

/** A stage that failed only because its reader went away: the reader is the one to blame. */
export const brokeOnReader = (signal: NodeJS.Signals | null, stderr: string) =>
  signal === 'SIGPIPE' || /broken pipe|connection reset by peer/i.test(stderr)

function notStarted(stage: Stage, error: NodeJS.ErrnoException) {
  if (error.code === 'ENOENT' || error.code === 'EACCES') {
    return new AppError(
      'TOOL_MISSING',
      `${stage.name} cannot be started: ${stage.cmd} is not an installed program`,
      { cause: error }
    )
  }
  return new StageError(stage.name, null, null, String(error.message))
}
