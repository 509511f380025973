import { worstFirst } from '../verdict/finding.ts'
import { bucketChecks } from './bucket-conflicts.ts'
import type { LifecycleConflict, LifecycleFacts } from './conflict.ts'
import { tierChecks } from './tier-conflicts.ts'

const overlap = (a: string, b: string) => a.startsWith(b) || b.startsWith(a)
const checks = [...bucketChecks, ...tierChecks]

/** What stands between a policy, its bucket's rules and what S3 can do; critical before warning. */
export function lifecycleConflicts(facts: LifecycleFacts): LifecycleConflict[] {
  const rules = facts.rules.filter(
    ({ enabled, prefix }) => enabled && overlap(prefix, facts.prefix)
  )
  return worstFirst(checks.flatMap(check => check({ ...facts, rules })))
}
