import type { PolicySpec, Tier } from '../policy.ts'
import { needsRetrieval } from './classes.ts'

export type TierSpec = Pick<PolicySpec, 'tiers' | 'objectives' | 'retention'>

const DAY_MINUTES = 1_440

/** Age in days that the newest backups, as many as must exist, may reach: they are what an emergency restores. */
const newestDays = ({ objectives, retention }: TierSpec) =>
  (retention.minimumRedundancy * objectives.rpoMinutes) / DAY_MINUTES

/** Whether the newest backups would be in a class that is read only after hours which the RTO does not leave. */
export const isTooCold = (tier: Tier, spec: TierSpec): boolean =>
  needsRetrieval(tier.class) * 60 > spec.objectives.rtoMinutes && tier.afterDays < newestDays(spec)

/**
 * The classes that a backup goes through, by age: the first is the one it is written to. Tiers that are too cold for the
 * RTO are left out.
 */
export function storagePath(spec: TierSpec): Tier[] {
  const tiers = spec.tiers
    .filter(tier => !isTooCold(tier, spec))
    .toSorted((a, b) => a.afterDays - b.afterDays)
  return tiers[0]?.afterDays === 0 ? tiers : [{ class: 'STANDARD', afterDays: 0 }, ...tiers]
}
