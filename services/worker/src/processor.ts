import type { Claim, Run } from '@resguardo/catalog'
import type { Reporter } from '@resguardo/engines'
import type { Logger } from '@resguardo/shared'
import type { Dependencies } from './dependencies.ts'

/** One claimed attempt of a run, as its processor sees it. */
export interface Attempt {
  run: Run
  claim: Claim
  report: Reporter
  /** Aborts on cancel, lost claim and shutdown; its reason is an AppError. */
  signal: AbortSignal
  log: Logger
  /** Repeats a write to the catalog while the catalog is away, as long as the claim can still be ours. */
  persist<T>(write: () => Promise<T>): Promise<T>
}

/** Does the work of one kind of run. Throwing an AppError ends the attempt; its code decides about a retry. */
export type Processor = (dependencies: Dependencies, attempt: Attempt) => Promise<void>
