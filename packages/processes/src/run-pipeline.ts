import type { Readable } from 'node:stream'
import { AppError } from '@resguardo/shared'
import { feed } from './feed.ts'
import { ownTurn } from './own-turn.ts'
import {
  brokeOnReader,
  isAlive,
  type RunningStage,
  signalStage,
  startStage
} from './running-stage.ts'
import { type Stage, StageError } from './stage.ts'

export interface PipelineOptions {
  signal?: AbortSignal | undefined
  /** Bytes for the first stage's stdin. An error thrown by it stops the pipeline and is thrown on as it is. */
  input?: AsyncIterable<Uint8Array> | undefined
  /** A file descriptor that the last stage writes to: the generator then yields nothing. */
  output?: number | undefined
  /** Stop with TOOL_STALLED if the last stage gives no byte for so long. Time the reader takes does not count. */
  stallAfterMs?: number | undefined
  /** Time between SIGTERM and SIGKILL. */
  killGraceMs?: number | undefined
  /** The last stage may end well without reading all of its input, as `head` does. */
  mayStopReading?: boolean | undefined
  /** The process ids, in the order of the stages. */
  onStarted?: ((pids: number[]) => void) | undefined
}

/**
 * Runs stages wired fd to fd and yields the last one's stdout. It ends only after **every** stage exited 0: the end of a
 * pipe never means success, because a dying pg_dump gives a clean end of file to whoever reads it.
 * When the reader stops early, throws, or the signal aborts, every process is ended and awaited before the generator returns.
 * @throws StageError of the first stage that failed for another reason than a reader that went away; TOOL_MISSING; TOOL_STALLED; the signal's reason
 */
export async function* runPipeline(
  stages: Stage[],
  options: PipelineOptions = {}
): AsyncGenerator<Buffer> {
  const {
    signal,
    input,
    output,
    stallAfterMs,
    killGraceMs = 3_000,
    mayStopReading,
    onStarted
  } = options
  await ownTurn()
  signal?.throwIfAborted()
  const running: RunningStage[] = []
  let killTimer: NodeJS.Timeout | undefined
  let feeding: Promise<unknown> = Promise.resolve()
  const stop = () => {
    for (const stage of running) signalStage(stage, 'SIGTERM')
    killTimer ??= setTimeout(() => {
      for (const stage of running) signalStage(stage, 'SIGKILL')
    }, killGraceMs)
    for (const { stdout } of running) stdout?.destroy()
  }
  try {
    let upstream: Readable | 'pipe' | 'ignore' = input ? 'pipe' : 'ignore'
    for (const stage of stages) {
      const to = stage === stages.at(-1) ? (output ?? 'pipe') : 'pipe'
      const next: RunningStage = startStage(stage, upstream, to)
      running.push(next)
      // Our copy of the descriptor must go, or the stage before never learns that its reader died.
      if (typeof upstream === 'object') upstream.destroy()
      if (next.child.pid === undefined) break
      upstream = next.stdout ?? 'ignore'
    }
    await Promise.all(running.map(({ started }) => started))
    onStarted?.(running.map(({ child }) => child.pid!))
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    const fed = { error: undefined as unknown }
    if (input) {
      feeding = feed(input, running[0]!.stdin!).catch(error => {
        fed.error = error
        stop()
      })
    }
    try {
      const { stdout } = running.at(-1)!
      if (stdout) yield* withWatchdog(stdout, stallAfterMs)
    } catch (error) {
      signal?.throwIfAborted()
      throw fed.error ?? error
    }
    const results = await Promise.all(
      running.map(async stage => ({ stage, ...(await stage.done) }))
    )
    await feeding
    signal?.throwIfAborted()
    if (fed.error) throw fed.error
    // Not by time: a stage may see the end of its input, and end, before the one that failed there has gone.
    const failed = results.filter(({ exitCode }) => exitCode !== 0)
    const blamed =
      failed.find(({ signal, stage }) => !brokeOnReader(signal, stage.stderr)) ?? failed.at(-1)
    const readEnough = mayStopReading && results.at(-1)!.exitCode === 0
    if (blamed && !(readEnough && brokeOnReader(blamed.signal, blamed.stage.stderr)))
      throw new StageError(
        blamed.stage.stage.name,
        blamed.exitCode,
        blamed.signal,
        blamed.stage.stderr
      )
  } finally {
    signal?.removeEventListener('abort', stop)
    const alive = running.filter(isAlive)
    if (alive.length > 0) {
      stop()
      for (const { stdin } of running) stdin?.destroy()
      await Promise.all(alive.map(({ done }) => done))
    }
    clearTimeout(killTimer)
    await feeding
  }
}

async function* withWatchdog(
  stdout: Readable,
  stallAfterMs: number | undefined
): AsyncGenerator<Buffer> {
  if (!stallAfterMs) {
    yield* stdout
    return
  }
  const stalled = () =>
    stdout.destroy(
      new AppError('TOOL_STALLED', `No byte came out of the pipeline for ${stallAfterMs / 1000} s`)
    )
  let timer = setTimeout(stalled, stallAfterMs)
  try {
    for await (const chunk of stdout) {
      clearTimeout(timer)
      yield chunk
      timer = setTimeout(stalled, stallAfterMs)
    }
  } finally {
    clearTimeout(timer)
  }
}
