import type { JobDefinition } from './define-job.ts'
import { runBackup } from './run-backup.ts'
import { runProbe } from './run-probe.ts'
import { runRestore } from './run-restore.ts'
import { runScan } from './run-scan.ts'

/** The job that executes each kind of run. */
export const jobOfKind = {
  backup: runBackup,
  restore: runRestore,
  probe: runProbe,
  scan: runScan
} as const satisfies Record<string, JobDefinition>

/** Every queue there is. */
export const queueNames = [...new Set(Object.values(jobOfKind).map(job => job.queue))]
