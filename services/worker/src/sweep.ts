import type { Dependencies } from './dependencies.ts'
import { startDueRuns } from './due-runs.ts'

/**
 * Puts back into the queue what Redis or a worker lost: queued runs without a job, running ones without a heartbeat; then
 * starts what is due by itself.
 * Every worker sweeps; doing it twice changes nothing.
 */
export function startSweep(dependencies: Dependencies) {
  const { catalog, queues, config, log, metrics } = dependencies
  let stopped = false
  let timer: NodeJS.Timeout
  let sweeping = Promise.resolve()
  schedule()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await sweeping
    }
  }

  function schedule() {
    // Jitter, so that workers started together do not sweep together.
    timer = setTimeout(
      () => {
        sweeping = sweep().finally(() => {
          if (!stopped) schedule()
        })
      },
      config.SWEEP_MS * (0.75 + Math.random() / 2)
    )
  }

  async function sweep() {
    try {
      for (const run of await catalog.runs.orphans(config.STALE_AFTER_MS)) {
        if (!(await queues.enqueueRun(run))) continue
        metrics.sweepRequeued.inc()
        log.info(
          { runId: run.id, kind: run.kind, status: run.status },
          'orphan put back into the queue'
        )
      }
      await startDueRuns(dependencies)
    } catch (err) {
      log.warn({ err }, 'sweep failed; it is tried again')
    }
  }
}
