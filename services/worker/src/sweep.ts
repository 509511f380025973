import { cleanSpool } from './chores/clean-spool.ts'
import { fireSchedules } from './chores/fire-schedules.ts'
import { requeueOrphans } from './chores/requeue-orphans.ts'
import { sendDueNotifications } from './chores/send-due-notifications.ts'
import { sendSummaries } from './chores/send-summaries.ts'
import { showLife } from './chores/show-life.ts'
import { startDueRuns } from './chores/start-due-runs.ts'
import { syncSchedules } from './chores/sync-schedules.ts'
import { watch } from './chores/watch.ts'
import type { Dependencies } from './dependencies.ts'

/** What every worker does now and then, in this order; doing it twice changes nothing. `every`: sweeps from one to the next. */
const chores = [
  { name: 'show-life', every: 1, work: showLife },
  { name: 'fire-schedules', every: 1, work: fireSchedules },
  { name: 'requeue-orphans', every: 1, work: requeueOrphans },
  { name: 'start-due-runs', every: 1, work: startDueRuns },
  { name: 'watch', every: 3, work: watch },
  { name: 'send-summaries', every: 6, work: sendSummaries },
  { name: 'send-due-notifications', every: 1, work: sendDueNotifications },
  { name: 'clean-spool', every: 6, work: cleanSpool },
  { name: 'sync-schedules', every: 30, work: syncSchedules }
]

/** Sweeps once in a while. A chore that fails is tried again at its next turn and keeps no other from being done. */
export function startSweep(dependencies: Dependencies) {
  const { config, log } = dependencies
  let stopped = false
  let timer: NodeJS.Timeout
  let count = 0
  let sweeping = sweep().finally(schedule)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await sweeping
    }
  }

  function schedule() {
    if (stopped) return
    // Jitter, so that workers started together do not sweep together.
    timer = setTimeout(
      () => {
        sweeping = sweep().finally(schedule)
      },
      config.SWEEP_MS * (0.75 + Math.random() / 2)
    )
  }

  async function sweep() {
    for (const { name, every, work } of chores) {
      if (stopped) return
      if (count % every !== 0) continue
      await work(dependencies).catch(err =>
        log.warn({ err, chore: name }, 'chore failed; it is done again')
      )
    }
    count++
  }
}
