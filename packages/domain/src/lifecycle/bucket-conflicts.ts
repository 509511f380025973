import { needsRetrieval } from './classes.ts'
import type { Check, LifecycleConflict } from './conflict.ts'
import { isTooCold } from './tiers.ts'

/** Any expiry is at odds with holds and with the newest backup, which always stays; an early one also with the rules. */
const expiry: Check = ({ rules, keepDays, capabilities }) =>
  rules.flatMap(({ id, expireDays }): LifecycleConflict[] => {
    if (expireDays === undefined) return []
    const what = `Rule ${JSON.stringify(id)} of the bucket ${capabilities.versioned ? 'hides' : 'deletes'} backups after ${expireDays} days`
    return keepDays.longest === null || expireDays < keepDays.longest
      ? [
          {
            level: 'critical',
            message: `${what}, the policy keeps them ${keepDays.longest === null ? 'without limit' : `up to ${Math.floor(keepDays.longest)} days`}`,
            hint: 'Remove the expiry, or narrow its prefix so that it leaves out the backups.'
          }
        ]
      : [
          {
            level: 'warning',
            message: `${what}: it knows neither of holds nor that the newest good backup stays`,
            hint: 'Remove the expiry unless it is wanted as a backstop.'
          }
        ]
  })

/** Such as an expiry on a date, which is not among what is told of the rule. */
const notUnderstood: Check = ({ rules }) =>
  rules
    .filter(({ other, expireDays }) => other && expireDays === undefined)
    .map(({ id }) => ({
      level: 'warning',
      message: `Rule ${JSON.stringify(id)} of the bucket uses more than is understood here (tags, sizes, dates): it may remove or move backups`,
      hint: 'Look at the rule, or narrow its prefix so that it leaves out the backups.'
    }))

const bucketTooCold: Check = ({ rules, spec }) =>
  rules.flatMap(({ id, transitions }) =>
    transitions
      .filter(({ days, class: name }) => isTooCold({ class: name, afterDays: days }, spec))
      .map(({ days, class: name }) => ({
        level: 'warning',
        message: `Rule ${JSON.stringify(id)} of the bucket moves backups to ${name} after ${days} days: reading the newest takes ${needsRetrieval(name)} h, the RTO is ${spec.objectives.rtoMinutes} min`,
        hint: 'Remove the transition, or narrow its prefix so that it leaves out the backups.'
      }))
  )

const lock: Check = ({ spec, capabilities, keepDays }) => {
  if (!spec.lock) return []
  if (!capabilities.objectLock)
    return [
      {
        level: 'critical',
        message:
          'The policy locks its backups, but the bucket has no object lock: they can be deleted',
        hint: 'Use a bucket with object lock, or remove lock from the policy.'
      }
    ]
  const { maxDays } = spec.lock
  if (maxDays === undefined || keepDays.longest === null || maxDays <= keepDays.longest) return []
  return [
    {
      level: 'warning',
      message: `lock.maxDays is ${maxDays}, but nothing is kept for longer than ${Math.floor(keepDays.longest)} days: the lock ends with the rules`,
      hint: 'Keep backups for longer, or lower lock.maxDays to what is meant.'
    }
  ]
}

/** Between a policy and the bucket as it is. `rules` are those that apply to the prefix. */
export const bucketChecks: Check[] = [expiry, lock, bucketTooCold, notUnderstood]
