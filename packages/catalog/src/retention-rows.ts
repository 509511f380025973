import { sql } from 'kysely'
import type { RetentionRow } from './catalog.ts'
import type { Database } from './database.ts'

/** The hold in force on a row of `backups`, as JSON, or null. */
export const activeHold = sql<{ holder: string; reason: string; until: string | null } | null>`(
  SELECT jsonb_build_object('holder', h.holder, 'reason', h.reason, 'until', h.until) FROM holds h
  WHERE h.backup_id = backups.id AND h.released_at IS NULL AND (h.until IS NULL OR h.until > now())
  ORDER BY h.until DESC NULLS FIRST LIMIT 1)`

/** Whether an unfinished run reads or writes a row of `backups`. Its removal is no such run. */
export const inUse = sql<boolean>`EXISTS (
  SELECT FROM runs r WHERE r.status IN ('queued', 'running') AND r.kind NOT IN ('remove', 'retention')
    AND (r.backup_id = backups.id OR r.params ->> 'backupId' = backups.id
      OR r.restore_id IN (SELECT s.id FROM restores s WHERE s.backup_id = backups.id)))`

/** What retention decides about. */
export async function retentionRows(db: Database, policyId: string): Promise<RetentionRow[]> {
  const rows = await db
    .selectFrom('backups')
    .select([
      'id',
      'kind',
      'repository_id as repositoryId',
      'state',
      'started_at as at',
      'stored_bytes as storedBytes',
      'keep_until as keepUntil',
      'locked_until as lockedUntil',
      activeHold.as('hold'),
      inUse.as('inUse')
    ])
    .where('policy_id', '=', policyId)
    .where('state', 'in', ['available', 'damaged'])
    .orderBy('started_at', 'desc')
    .execute()
  return rows.map(({ hold, ...row }) => ({
    ...row,
    hold: hold && { ...hold, until: hold.until === null ? null : new Date(hold.until) }
  }))
}
