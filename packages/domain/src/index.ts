export { type BackupKind, backupKinds, isBackupId, makeBackupId } from './backup-id.ts'
export { examplePrices, PriceTable } from './cost/prices.ts'
export { type CostProjection, projectCost } from './cost/project-cost.ts'
export * from './drill-plan.ts'
export type { LifecycleConflict } from './lifecycle/conflict.ts'
export { lifecycleConflicts } from './lifecycle/conflicts.ts'
export { type LifecycleRule, lifecycleRules } from './lifecycle/rules.ts'
export { isTooCold } from './lifecycle/tiers.ts'
export { lockUntil, nextBackup } from './lock-until.ts'
export { isName, NAME_PATTERN } from './names.ts'
export * from './policy.ts'
export { policyBackupParams } from './policy-backup.ts'
export { completePolicy, policyInputFields } from './policy-input.ts'
export { policyProblems } from './policy-problems.ts'
export { progressOf } from './progress.ts'
export {
  type MissingRoles,
  makeRestorePlan,
  type PlanProblem,
  type RestoreFacts,
  type RestorePlan
} from './restore-plan.ts'
export type { RetentionBackup, RetentionDecision } from './retention/backup.ts'
export { decideRetention } from './retention/decide-retention.ts'
export { keepDays } from './retention/keep-days.ts'
export { keptUntil } from './retention/kept-until.ts'
export { periodMs } from './retention/period-ms.ts'
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
export { cronProblem } from './schedule/cron-problem.ts'
export { type Firing, firing, type ScheduleState } from './schedule/firing.ts'
export { maintenanceAt } from './schedule/maintenance.ts'
export { nextOccurrence, occurrencesBetween } from './schedule/occurrences.ts'
export { upcoming } from './schedule/upcoming.ts'
export { isDrillSchedule, schedulesOf } from './schedules-of.ts'
export { type RegisteredSecret as SecretDates, type SecretAge, secretAge } from './secret-age.ts'
export {
  type Finding,
  type FindingKind,
  findingKinds,
  type Level,
  type Verdict,
  worstFirst,
  worstLevel
} from './verdict/finding.ts'
export { type PolicyFacts, policyVerdict } from './verdict/policy-verdict.ts'
export { type SystemFacts, systemVerdict } from './verdict/system-verdict.ts'
