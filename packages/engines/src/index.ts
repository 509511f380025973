export { defaultJobs } from './default-jobs.ts'
export type {
  BackupContext,
  Engine,
  Reporter,
  RestoreContext,
  RestoreOptions,
  RestoreResult
} from './engine.ts'
export { type FairSlots, fairSlots } from './fair-slots.ts'
export { ARCHIVE_PREFIX, OWNER_FILE } from './logical/archive-source.ts'
export { parseTableName, type TableName } from './logical/table-name.ts'
export { countRows, holdsRows, listTables } from './logical/tables.ts'
export { rateLimit } from './rate-limit.ts'
export { type EngineKind, engines } from './registry.ts'
