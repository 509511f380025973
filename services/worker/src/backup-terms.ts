import type { Policy } from '@resguardo/catalog'
import { isTooCold, lockUntil } from '@resguardo/domain'
import type { Manifest } from '@resguardo/repository'
import type { ObjectLock } from '@resguardo/storage'

const DAY_MS = 86_400_000

/** What a backup is stored under, beside its data. */
export interface BackupTerms {
  lock?: ObjectLock | undefined
  storageClass?: string | undefined
  /** What the manifest says of it. */
  manifest: Partial<Pick<Manifest, 'policy' | 'reason' | 'keepUntil' | 'lock'>>
}

/** The terms of a backup that is made now, from its policy and from what was asked for. */
export function backupTerms(
  policy: Policy | undefined,
  { reason, keepDays }: { reason?: string; keepDays?: number },
  now: Date
): BackupTerms {
  const keepUntil = keepDays ? new Date(now.getTime() + keepDays * DAY_MS) : undefined
  const lock = policy && lockOf(policy, now, keepUntil)
  return {
    lock,
    storageClass: policy && classOf(policy),
    manifest: {
      ...(policy ? { policy: { id: policy.id, name: policy.name } } : {}),
      ...(reason ? { reason } : {}),
      ...(keepUntil ? { keepUntil: keepUntil.toISOString() } : {}),
      ...(lock ? { lock: { mode: lock.mode, until: lock.until.toISOString() } } : {})
    }
  }
}

/** Of the tier that begins at once; undefined: what the repository says. */
const classOf = ({ spec }: Policy) =>
  spec.tiers.find(tier => tier.afterDays === 0 && !isTooCold(tier, spec))?.class

/** Also as long as somebody asked for it to be kept, within the policy's maximum. */
function lockOf({ spec }: Policy, now: Date, keepUntil: Date | undefined): ObjectLock | undefined {
  const byRules = lockUntil(spec, now)
  if (!spec.lock || !byRules) return undefined
  const limit = spec.lock.maxDays ? now.getTime() + spec.lock.maxDays * DAY_MS : Infinity
  const wanted = Math.max(byRules.getTime(), keepUntil?.getTime() ?? 0)
  return { mode: spec.lock.mode, until: new Date(Math.min(wanted, limit)) }
}
