import { type Progress, progressOf, retryDelayMs } from '@resguardo/domain'
import { type AppError, asAppError } from '@resguardo/shared'
import type { Dependencies } from './dependencies.ts'
import { type Heartbeat, startHeartbeat } from './heartbeat.ts'
import type { Attempt } from './processor.ts'
import { processors } from './registry.ts'

export type Outcome = 'succeeded' | 'taken' | 'busy' | AppError

/**
 * One attempt of a run, from claim to recorded end. `stopping` is the worker's shutdown: its reason is RUN_HANDED_BACK.
 * Never throws for the run's own failure: that is the outcome.
 */
export async function executeRun(
  dependencies: Dependencies,
  runId: string,
  stopping: AbortSignal
): Promise<Outcome> {
  const { catalog, config, metrics, workerId } = dependencies
  const claimed = await catalog.runs.claim(runId, workerId, config.STALE_AFTER_MS)
  if (claimed.outcome !== 'claimed') return claimed.outcome
  const { run, claim, takenOver } = claimed
  const { kind } = run
  const log = dependencies.log.child({
    requestId: run.requestId ?? undefined,
    runId,
    kind,
    attempt: run.attempt
  })
  log.info({ takenOver }, 'run started')
  if (run.attempt === 1 && !takenOver)
    metrics.runWait.observe({ kind }, (Date.now() - run.createdAt.getTime()) / 1000)

  const abort = new AbortController()
  const signal = AbortSignal.any([abort.signal, stopping])
  const progress = progressTracker()
  const heartbeat = startHeartbeat({
    catalog,
    claim,
    config,
    log,
    progress: progress.current,
    onStop: reason => abort.abort(reason)
  })
  const { persist } = heartbeat
  const report: Attempt['report'] = {
    async phase(name) {
      progress.reset()
      await persist(() => catalog.runs.phase(claim, name))
    },
    progress: progress.set
  }
  const endTimer = metrics.runDuration.startTimer({ kind })
  metrics.runsActive.inc({ kind })
  let outcome: Outcome
  try {
    await processors[kind](dependencies, { run, claim, report, signal, log, persist })
    await persist(() => catalog.runs.succeed(claim))
    outcome = 'succeeded'
  } catch (error) {
    outcome = asAppError(error)
    await settle(dependencies, { run, claim, persist, error: outcome, log }).catch(err =>
      log.error({ err }, 'the end of the run could not be recorded; the sweep will find it')
    )
  } finally {
    metrics.runsActive.dec({ kind })
    await heartbeat.stop()
  }
  const status = outcome === 'succeeded' ? 'succeeded' : 'failed'
  endTimer({ status })
  metrics.runsFinished.inc({ kind, status, code: outcome === 'succeeded' ? '' : outcome.code })
  if (outcome === 'succeeded') log.info('run succeeded')
  else log.warn({ err: outcome }, 'run attempt ended')
  return outcome
}

interface Failure extends Pick<Attempt, 'run' | 'claim' | 'log'> {
  persist: Heartbeat['persist']
  error: AppError
}

/** Records how a failed attempt goes on: cancelled, handed back, tried again later, or failed. */
async function settle(
  { catalog, queues, config }: Dependencies,
  { run, claim, persist, error, log }: Failure
): Promise<void> {
  const { code } = error
  if (code === 'RUN_FENCED') return
  if (code === 'RUN_CANCELLED') return persist(() => catalog.runs.cancelled(claim, error.toJSON()))
  if (code === 'RUN_HANDED_BACK') {
    await persist(() => catalog.runs.requeue(claim, { delayMs: 0, uncounted: true }))
    return
  }
  if (!error.retryable || run.attempt >= run.maxAttempts)
    return persist(() => catalog.runs.fail(claim, error.toJSON()))
  const delayMs = retryDelayMs(run.attempt, config.RETRY_DELAY_MS, Math.random())
  const queued = await persist(() =>
    catalog.runs.requeue(claim, { delayMs, error: error.toJSON() })
  )
  // Redis may be away: then the sweep enqueues it.
  await queues
    .enqueueRun(queued, delayMs)
    .catch(err => log.warn({ err }, 'retry not enqueued; the sweep will'))
}

function progressTracker() {
  let since = performance.now()
  let current: Progress | undefined
  return {
    current: () => current,
    set(done: number, total: number | null) {
      current = progressOf(done, total, performance.now() - since, 'bytes')
    },
    reset() {
      since = performance.now()
    }
  }
}
