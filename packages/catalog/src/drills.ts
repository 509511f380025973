import { type Selectable, sql } from 'kysely'
import type { Catalog, Drill } from './catalog.ts'
import { requireClaim } from './claim.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import type { Tables } from './tables.ts'

/** All but the evidence itself, which is large. */
const columns = [
  'id',
  'policy_id',
  'policy_name',
  'source_id',
  'backup_id',
  'outcome',
  'reason',
  'restore_seconds',
  'rto_met',
  'started_at',
  'finished_at',
  'evidence_key',
  'created_at'
] as const

export function drills(db: Database): Catalog['drills'] {
  return {
    record: (drill, evidence, claim) =>
      db.transaction().execute(async trx => {
        await requireClaim(trx, claim)
        await trx
          .insertInto('drills')
          .values({
            id: drill.id,
            policy_id: drill.policyId,
            policy_name: drill.policyName,
            source_id: drill.sourceId,
            backup_id: drill.backupId,
            outcome: drill.outcome,
            reason: drill.reason && JSON.stringify(drill.reason),
            restore_seconds: drill.restoreSeconds,
            rto_met: drill.rtoMet,
            started_at: drill.startedAt,
            finished_at: drill.finishedAt,
            evidence_json: evidence?.json ?? null,
            evidence_html: evidence?.html ?? null,
            json_signature: evidence?.jsonSignature ?? null,
            html_signature: evidence?.htmlSignature ?? null,
            evidence_key: drill.evidenceKey
          })
          .onConflict(conflict => conflict.column('id').doNothing())
          .execute()
      }),
    async get(id) {
      requireUuid(id, 'DRILL_NOT_FOUND', 'Drill')
      const row = await db
        .selectFrom('drills')
        .select(columns)
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw notFound('DRILL_NOT_FOUND', 'Drill', id)
      return toDrill(row)
    },
    list({ policyId, outcome, ...query }) {
      let select = db.selectFrom('drills').select(columns)
      if (policyId) select = select.where('policy_id', '=', policyId)
      if (outcome) select = select.where('outcome', '=', outcome)
      return readPage(select, query, newestFirst('drills'), toDrill)
    },
    async evidence(id) {
      requireUuid(id, 'DRILL_NOT_FOUND', 'Drill')
      const row = await db
        .selectFrom('drills')
        .select(['evidence_json', 'evidence_html', 'json_signature', 'html_signature'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row || row.evidence_json === null)
        throw notFound('DRILL_NOT_FOUND', 'Evidence of drill', id)
      return {
        json: row.evidence_json,
        html: row.evidence_html!,
        jsonSignature: row.json_signature!,
        htmlSignature: row.html_signature!
      }
    },
    async between(from, to) {
      const rows = await db
        .selectFrom('drills')
        .select(columns)
        .where('finished_at', '<=', to)
        .where(
          sql<boolean>`(finished_at >= ${from}
            OR id IN (SELECT DISTINCT ON (policy_id, outcome = 'passed') id FROM drills WHERE finished_at < ${from}
                      ORDER BY policy_id, outcome = 'passed', finished_at DESC))`
        )
        .orderBy('finished_at')
        .execute()
      return rows.map(toDrill)
    },
    async lastOfPolicies() {
      const { rows } = await sql<{
        policyId: string
        outcome: Drill['outcome']
        at: Date
        message: string | null
        passedAt: Date | null
      }>`
        SELECT DISTINCT ON (policy_id) policy_id AS "policyId", outcome, finished_at AS at, message,
               (SELECT max(finished_at) FROM drills p WHERE p.policy_id = d.policy_id AND p.outcome = 'passed') AS "passedAt"
        FROM (
          SELECT policy_id, outcome, finished_at, reason ->> 'message' AS message FROM drills
          UNION ALL
          -- One whose worker died each time, or that ended before it began, has left no record of its own.
          SELECT policy_id, 'errored', finished_at, error ->> 'message' FROM runs
          WHERE kind = 'drill' AND status = 'failed' AND NOT EXISTS (SELECT FROM drills WHERE drills.id = runs.id)
        ) d WHERE policy_id IS NOT NULL ORDER BY policy_id, finished_at DESC`.execute(db)
      return rows
    }
  }
}

const toDrill = (row: Pick<Selectable<Tables['drills']>, (typeof columns)[number]>): Drill => ({
  id: row.id,
  policyId: row.policy_id,
  policyName: row.policy_name,
  sourceId: row.source_id,
  backupId: row.backup_id,
  outcome: row.outcome,
  reason: row.reason,
  restoreSeconds: row.restore_seconds,
  rtoMet: row.rto_met,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  evidenceKey: row.evidence_key,
  createdAt: row.created_at
})
