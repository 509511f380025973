import type { JobDefinition } from './define-job.ts'
import { runBackup } from './run-backup.ts'
import { runCopy } from './run-copy.ts'
import { runDeepVerify } from './run-deep-verify.ts'
import { runProbe } from './run-probe.ts'
import { runRestore } from './run-restore.ts'
import { runScan } from './run-scan.ts'
import { runTidy } from './run-tidy.ts'
import { runUndo } from './run-undo.ts'
import { runVerify } from './run-verify.ts'

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
  tidy: runTidy
} as const satisfies Record<string, JobDefinition>

/** Every queue there is. */
export const queueNames = [...new Set(Object.values(jobOfKind).map(job => job.queue))]
