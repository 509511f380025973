import { sql } from 'kysely'
import type { PolicyFactsRow } from './catalog.ts'
import type { Database } from './database.ts'

/** Facts of every policy, from its backups in its own repository and its runs. */
export async function policyFacts(db: Database): Promise<PolicyFactsRow[]> {
  const { rows } = await sql<PolicyFactsRow & { lastRun: { finishedAt: string } | null }>`
    SELECT p.id AS "policyId", b."newestAt", coalesce(b.bytes[1:100], '{}') AS bytes, b."goodBackups", b."damagedBackups",
           b."oldestUnverifiedAt", b."retentionBlocked", r.run AS "lastRun"
    FROM policies p
    CROSS JOIN LATERAL (
      SELECT max(started_at) FILTER (WHERE state = 'available') AS "newestAt",
             array_agg(stored_bytes::float8 ORDER BY started_at DESC) FILTER (WHERE state = 'available') AS bytes,
             (count(*) FILTER (WHERE state = 'available'))::int AS "goodBackups",
             (count(*) FILTER (WHERE state = 'damaged'))::int AS "damagedBackups",
             min(coalesce(verified_at, finished_at)) FILTER (WHERE state = 'available') AS "oldestUnverifiedAt",
             (count(*) FILTER (WHERE state = 'removing' AND removing_since < now() - interval '1 day'))::int AS "retentionBlocked"
      FROM backups WHERE policy_id = p.id AND repository_id = p.repository_id AND state <> 'removed') b
    LEFT JOIN LATERAL (
      SELECT jsonb_build_object('status', status, 'finishedAt', finished_at,
                                'code', error ->> 'code', 'message', error ->> 'message') AS run
      FROM runs WHERE policy_id = p.id AND kind = 'backup' AND finished_at IS NOT NULL
      ORDER BY finished_at DESC LIMIT 1) r ON true
    ORDER BY p.name`.execute(db)
  return rows.map(({ lastRun, ...row }) => ({
    ...row,
    lastRun: lastRun && { ...lastRun, finishedAt: new Date(lastRun.finishedAt) }
  }))
}
