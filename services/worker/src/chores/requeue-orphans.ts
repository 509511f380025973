import type { Dependencies } from '../dependencies.ts'

/** Puts back into the queue what Redis or a worker lost: queued runs without a job, running ones without a heartbeat. */
export async function requeueOrphans({ catalog, queues, config, log, metrics }: Dependencies) {
  for (const run of await catalog.runs.orphans(config.STALE_AFTER_MS)) {
    if (!(await queues.enqueueRun(run))) continue
    metrics.sweepRequeued.inc()
    log.info(
      { runId: run.id, kind: run.kind, status: run.status },
      'orphan put back into the queue'
    )
  }
}
