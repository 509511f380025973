import { decideRetention, type RetentionDecision } from '@resguardo/domain'
import type { Catalog, Policy, RetentionRow } from './catalog.ts'

/** What a policy's rules say at `now` of each of its backups, newest first. */
export async function policyRetention(
  { backups }: Pick<Catalog, 'backups'>,
  { id, spec }: Pick<Policy, 'id' | 'spec'>,
  now: Date
): Promise<(RetentionDecision & { backup: RetentionRow })[]> {
  const rows = await backups.ofPolicy(id)
  const known = new Map(rows.map(row => [row.id, row]))
  const asked = rows.map(row => ({
    ...row,
    state: row.state === 'damaged' ? ('damaged' as const) : ('available' as const),
    parent: null
  }))
  const { timeZone, retention } = spec
  return decideRetention(asked, retention, { timeZone, now }).map(decision => ({
    ...decision,
    backup: known.get(decision.id)!
  }))
}
