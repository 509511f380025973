export { type BackupKind, backupKinds, isBackupId, makeBackupId } from './backup-id.ts'
export { isName, NAME_PATTERN } from './names.ts'
export { progressOf } from './progress.ts'
export {
  type MissingRoles,
  makeRestorePlan,
  type PlanProblem,
  type RestoreFacts,
  type RestorePlan
} from './restore-plan.ts'
export {
  isFinished,
  type Progress,
  type RunError,
  type RunKind,
  type RunStatus,
  retryDelayMs,
  runKinds,
  runStatuses
} from './run.ts'
