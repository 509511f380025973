import type { PolicySpec } from '../policy.ts'
import type { LifecycleRule } from './rules.ts'
import type { TierSpec } from './tiers.ts'

export interface LifecycleConflict {
  level: 'warning' | 'critical'
  message: string
  hint: string
}

export interface LifecycleFacts {
  spec: TierSpec & Pick<PolicySpec, 'lock'>
  /** The rules that the bucket has now, ours and others. */
  rules: LifecycleRule[]
  /** Of the source's objects in the bucket. */
  prefix: string
  capabilities: { objectLock: boolean; versioned: boolean }
  /** How long retention keeps the backup that goes first and the one that goes last; null: without limit. */
  keepDays: { shortest: number | null; longest: number | null }
}

export type Check = (facts: LifecycleFacts) => LifecycleConflict[]
