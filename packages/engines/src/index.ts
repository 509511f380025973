export type {
  BackupContext,
  Engine,
  Reporter,
  RestoreContext,
  RestoreOptions,
  RestoreResult
} from './engine.ts'
export { type FairSlots, fairSlots } from './fair-slots.ts'
export { rateLimit } from './rate-limit.ts'
export { type EngineKind, engines } from './registry.ts'
