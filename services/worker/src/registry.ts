import type { RunKind } from '@resguardo/domain'
import type { Processor } from './processor.ts'
import { runBackup } from './processors/run-backup.ts'
import { runCopy } from './processors/run-copy.ts'
import { runDrill } from './processors/run-drill.ts'
import { runLifecycle } from './processors/run-lifecycle.ts'
import { runProbe } from './processors/run-probe.ts'
import { runRekey } from './processors/run-rekey.ts'
import { runRemove } from './processors/run-remove.ts'
import { runRestore } from './processors/run-restore.ts'
import { runRetention } from './processors/run-retention.ts'
import { runScan } from './processors/run-scan.ts'
import { runTidy } from './processors/run-tidy.ts'
import { runUndo } from './processors/run-undo.ts'
import { runDeepVerify, runVerify } from './processors/run-verify.ts'

export const processors: Record<RunKind, Processor> = {
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
}
