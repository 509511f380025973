import type { RunKind } from '@resguardo/domain'
import type { Processor } from './processor.ts'
import { runBackup } from './processors/run-backup.ts'
import { runProbe } from './processors/run-probe.ts'
import { runRestore } from './processors/run-restore.ts'
import { runScan } from './processors/run-scan.ts'

export const processors: Record<RunKind, Processor> = {
  backup: runBackup,
  restore: runRestore,
  probe: runProbe,
  scan: runScan
}
