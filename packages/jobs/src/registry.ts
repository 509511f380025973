import type { JobDefinition } from './define-job.ts'
import { fireSchedules } from './fire-schedules.ts'
import { runBackup } from './run-backup.ts'
import { runCopy } from './run-copy.ts'
import { runDeepVerify } from './run-deep-verify.ts'
import { runDrill } from './run-drill.ts'
import { runLifecycle } from './run-lifecycle.ts'
import { runProbe } from './run-probe.ts'
import { runRekey } from './run-rekey.ts'
import { runRemove } from './run-remove.ts'
import { runRestore } from './run-restore.ts'
import { runRetention } from './run-retention.ts'
import { runScan } from './run-scan.ts'
import { runTidy } from './run-tidy.ts'
import { runUndo } from './run-undo.ts'
import { runVerify } from './run-verify.ts'
import { sendNotification } from './send-notification.ts'

/** The job that executes each kind of run. */
export const jobOfKind = {
  backup: runBackup,
  restore: runRestore,
  probe: runProbe,
  scan: runScan,
  verify: runVerify,
  'deep-verify': runDeepVerify,
  copy: runCopy,
  undo: runUndo,
  tidy: runTidy,
  retention: runRetention,
  remove: runRemove,
  rekey: runRekey,
  lifecycle: runLifecycle,
  drill: runDrill
} as const satisfies Record<string, JobDefinition>

/** Jobs that are no runs: nobody waits for them or cancels them. */
export const tasks = { fireSchedules, sendNotification } as const satisfies Record<
  string,
  JobDefinition
>

/** Every queue there is. */
export const queueNames = [
  ...new Set([...Object.values(jobOfKind), ...Object.values(tasks)].map(job => job.queue))
]
