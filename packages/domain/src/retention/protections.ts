import type { RetentionBackup } from './backup.ts'

/** Why a backup must not go for its own sake, whatever the rules say. What lasts until now is over. */
export function protectionsOf(backup: RetentionBackup, now: Date): string[] {
  const { hold, lockedUntil, keepUntil, inUse } = backup
  const reasons: string[] = []
  if (hold && (hold.until === null || hold.until > now)) {
    const until = hold.until ? ` until ${hold.until.toISOString()}` : ''
    reasons.push(`on hold by ${hold.holder}${until}: ${hold.reason}`)
  }
  if (lockedUntil && lockedUntil > now) reasons.push(`locked until ${lockedUntil.toISOString()}`)
  if (keepUntil && keepUntil > now) reasons.push(`asked for until ${keepUntil.toISOString()}`)
  if (inUse) reasons.push('in use by a run')
  return reasons
}

/**
 * Why backups of a group (newest first) must not go for the group's sake, by id: the newest good ones; where there is
 * none, the newest damaged one.
 */
export function redundancyOf(
  group: readonly RetentionBackup[],
  minimum: number
): Map<string, string> {
  const good = group.filter(({ state }) => state === 'available')
  const count = Math.max(1, minimum)
  if (good.length === 0)
    return new Map(
      group.slice(0, 1).map(({ id }) => [id, 'newest, damaged, and there is no good one'])
    )
  const reasonOf = (index: number) =>
    index === 0 ? 'newest good' : `minimum redundancy ${index + 1} of ${count}`
  return new Map(good.slice(0, count).map(({ id }, index) => [id, reasonOf(index)]))
}

/** Ids of the backups that those that stay need, directly or not, each with one that needs it. */
export function neededBy(
  staying: readonly RetentionBackup[],
  all: readonly RetentionBackup[]
): Map<string, string> {
  const parents = new Map(all.map(({ id, parent }) => [id, parent]))
  const needed = new Map<string, string>()
  for (const { id } of staying) {
    let child = id
    let parent = parents.get(child)
    while (parent && !needed.has(parent)) {
      needed.set(parent, child)
      child = parent
      parent = parents.get(child)
    }
  }
  return needed
}
