import type { Retention } from '../policy.ts'
import type { RetentionBackup, RetentionDecision } from './backup.ts'
import { clockOf } from './calendar.ts'
import { neededBy, protectionsOf, redundancyOf } from './protections.ts'
import { rulesOf } from './rules.ts'

/** A backup with what speaks for it (`wanted` by a rule, `blocked` for another reason) and against it. */
interface Judged {
  backup: RetentionBackup
  wanted: string[]
  blocked: string[]
  unwanted: string[]
}

/**
 * One decision for each backup, newest first. Rules apply to each repository and kind separately. One that is dated in the
 * future (a clock ran ahead) stays and takes nobody's place: a week of such would push all others out of `daily 7`. What
 * may go is wanted by no rule and needed by nothing that stays, so that removing it changes no other decision.
 */
export function decideRetention(
  backups: RetentionBackup[],
  rules: Retention,
  { timeZone, now }: { timeZone: string; now: Date }
): RetentionDecision[] {
  const sorted = backups.toSorted(newestFirst)
  const judged = new Map<string, Judged>()
  const clock = clockOf(timeZone)
  const given = rulesOf(rules, now)

  const isFuture = ({ at }: RetentionBackup) => at > now
  const future = sorted.filter(isFuture)
  const past = sorted.filter(backup => !isFuture(backup))
  for (const backup of future) {
    const blocked = ['dated in the future', ...protectionsOf(backup, now)]
    judged.set(backup.id, { backup, wanted: [], blocked, unwanted: [] })
  }
  for (const group of Map.groupBy(past, groupOf).values()) {
    const candidates = group.map(({ at, state }) => ({ ...clock(at), good: state === 'available' }))
    const opinions = given.map(rule => rule(candidates))
    const redundancy = redundancyOf(group, rules.minimumRedundancy)
    for (const [index, backup] of group.entries()) {
      const own = opinions.map(ofRule => ofRule[index]!)
      judged.set(backup.id, {
        backup,
        wanted: own.filter(({ wanted }) => wanted).map(({ reason }) => reason),
        blocked: [redundancy.get(backup.id) ?? [], protectionsOf(backup, now)].flat(),
        unwanted: own.filter(({ wanted }) => !wanted).map(({ reason }) => reason)
      })
    }
  }

  const stays = ({ id }: RetentionBackup) =>
    judged.get(id)!.wanted.length + judged.get(id)!.blocked.length > 0
  for (const [id, child] of neededBy(sorted.filter(stays), sorted))
    judged.get(id)?.blocked.push(`needed by ${child}`)
  return sorted.map(({ id }) => decision(judged.get(id)!))
}

/** The order does not depend on that of the input: of the same moment, the greater id counts as newer. */
function newestFirst(a: RetentionBackup, b: RetentionBackup): number {
  return b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1)
}

const groupOf = ({ repositoryId, kind }: RetentionBackup) => JSON.stringify([repositoryId, kind])

function decision({ backup: { id }, wanted, blocked, unwanted }: Judged): RetentionDecision {
  if (wanted.length > 0) return { id, action: 'keep', reasons: [...wanted, ...blocked] }
  if (blocked.length > 0) return { id, action: 'blocked', reasons: blocked }
  return { id, action: 'remove', reasons: [`no rule keeps it: ${unwanted.join(', ')}`] }
}
