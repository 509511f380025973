import type { Tier } from '../policy.ts'
import { earliestDays, mayMove, minimumDays, needsRetrieval } from './classes.ts'
import type { Check, LifecycleConflict } from './conflict.ts'
import { isTooCold, storagePath, type TierSpec } from './tiers.ts'

const CLASSES_PAGE =
  'https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html#sc-compare'
const TRANSITIONS_PAGE =
  'https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html'

/** Each class of the path with the one that it comes from. */
const moves = (spec: TierSpec): [Tier, Tier][] => {
  const path = storagePath(spec)
  return path.slice(1).map((tier, index) => [path[index]!, tier])
}

const refused: Check = ({ spec }) =>
  moves(spec).flatMap(([from, to]): LifecycleConflict[] => {
    const says = (message: string, hint: string): LifecycleConflict[] => [
      {
        level: 'critical',
        message: `S3 refuses ${message}`,
        hint: `${hint} See ${TRANSITIONS_PAGE}`
      }
    ]
    if (to.afterDays === from.afterDays)
      return says(
        `two classes, ${from.class} and ${to.class}, on day ${to.afterDays}`,
        'Remove one.'
      )
    if (!mayMove(from.class, to.class))
      return says(
        `to move objects from ${from.class} to ${to.class}`,
        'Objects move only to colder classes: order the tiers so.'
      )
    if (to.afterDays < earliestDays(to.class))
      return says(
        `to move objects to ${to.class} after ${to.afterDays} days`,
        `Let it begin at ${earliestDays(to.class)} days.`
      )
    const leavesFrom = from.afterDays + minimumDays(from.class)
    if (from.afterDays > 0 && to.afterDays < leavesFrom)
      return says(
        `one rule that moves objects on from ${from.class} before its minimum of ${minimumDays(from.class)} days`,
        `Let ${to.class} begin at ${leavesFrom} days.`
      )
    return []
  })

const tooCold: Check = ({ spec }) =>
  spec.tiers
    .filter(tier => isTooCold(tier, spec))
    .map(tier => ({
      level: 'warning',
      message: `Tier ${tier.class} after ${tier.afterDays} days is left out: reading the newest backups from it takes ${needsRetrieval(tier.class)} h, the RTO is ${spec.objectives.rtoMinutes} min`,
      hint: 'Let the tier begin later, choose GLACIER_IR, or allow a longer RTO.'
    }))

/**
 * Of those that reach a class, only the ones kept shortest and longest are known here. Moving on too early is refused, unless
 * it is from the class that backups are written to.
 */
const chargedInFull: Check = ({ spec, keepDays }) => {
  const path = storagePath(spec)
  return path.flatMap((tier, index): LifecycleConflict[] => {
    const next = (index === 0 ? path[1]?.afterDays : undefined) ?? Number.POSITIVE_INFINITY
    const stays = [keepDays.shortest, keepDays.longest]
      .map(days => Math.min(days ?? Number.POSITIVE_INFINITY, next) - tier.afterDays)
      .filter(days => days > 0)
    const stay = Math.min(...stays)
    if (stay >= minimumDays(tier.class)) return []
    return [
      {
        level: 'warning',
        message: `Backups stay ${Math.floor(stay)} days in ${tier.class}, which charges at least ${minimumDays(tier.class)}: it may cost more than it saves`,
        hint: `Leave out the tier, or let it begin when what is left has long to live. See ${CLASSES_PAGE}`
      }
    ]
  })
}

const oneZone: Check = ({ spec }) =>
  storagePath(spec)
    .filter(tier => tier.class === 'ONEZONE_IA')
    .map(() => ({
      level: 'warning',
      message: 'ONEZONE_IA stores in one availability zone: its loss is the loss of the backups',
      hint: 'Use it only for backups that are copied to another repository; otherwise STANDARD_IA.'
    }))

/** Between a policy's tiers and what S3 can do, its prices, and the RTO. */
export const tierChecks: Check[] = [refused, tooCold, chargedInFull, oneZone]
