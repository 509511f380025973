import type { PolicySpec } from './policy.ts'
import { keptUntil } from './retention/kept-until.ts'
import { nextOccurrence } from './schedule/occurrences.ts'

const DAY_MS = 86_400_000

/** The next scheduled backup of a policy strictly after a moment. */
export const nextBackup =
  ({ schedules, timeZone }: Pick<PolicySpec, 'schedules' | 'timeZone'>) =>
  (after: Date): Date | undefined =>
    schedules
      .map(({ cron }) => nextOccurrence(cron, timeZone, after))
      .filter(date => date !== undefined)
      .sort((a, b) => a.getTime() - b.getTime())[0]

/**
 * Until when a backup made at `at` is locked: as long as the retention rules will want it anyway, at most `maxDays`. Undefined
 * where the policy locks nothing, or where the rules have no end and no maximum is given.
 */
export function lockUntil(spec: PolicySpec, at: Date): Date | undefined {
  const { lock, retention, timeZone } = spec
  if (!lock) return undefined
  const limit = lock.maxDays === undefined ? undefined : at.getTime() + lock.maxDays * DAY_MS
  const wanted = keptUntil(at, retention, { timeZone, next: nextBackup(spec) })?.getTime() ?? limit
  if (wanted === undefined) return undefined
  return new Date(Math.min(wanted, limit ?? wanted))
}
