export type {
  BackupContext,
  Engine,
  Reporter,
  RestoreContext,
  RestoreOptions,
  RestoreResult
} from './engine.ts'
export { type FairSlots, fairSlots } from './fair-slots.ts'
export { type EngineKind, engines } from './registry.ts'
