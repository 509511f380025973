import { AppError } from '@resguardo/shared'
import { type Selectable, sql } from 'kysely'
import type { Catalog, NewPolicy, Policy } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid, translate } from './errors.ts'
import { readPage } from './page.ts'
import { policyFacts } from './policy-facts.ts'
import { insertRun } from './runs.ts'
import { restartSchedules, writeSchedules } from './schedule-states.ts'
import type { Tables } from './tables.ts'

const now = sql<Date>`now()`

export function policies(db: Database): Catalog['policies'] {
  return {
    create: policy =>
      db.transaction().execute(async trx => {
        await requireReferences(trx, policy)
        const row = await trx
          .insertInto('policies')
          .values({ name: policy.name, ...columnsOf(policy) })
          .returningAll()
          .executeTakeFirstOrThrow()
          .catch(error => {
            throw translate(error, { unique: 'NAME_TAKEN' })
          })
        await writeSchedules(trx, row.id, policy.spec)
        return toPolicy(row)
      }),
    update: (id, policy) =>
      db.transaction().execute(async trx => {
        requireUuid(id, 'POLICY_NOT_FOUND', 'Policy')
        await requireReferences(trx, policy)
        const row = await trx
          .updateTable('policies')
          .set({ ...columnsOf(policy), updated_at: now })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst()
        if (!row) throw notFound('POLICY_NOT_FOUND', 'Policy', id)
        await writeSchedules(trx, id, policy.spec)
        return toPolicy(row)
      }),
    get: async id => toPolicy(await find(id)),
    list: query =>
      readPage(
        db.selectFrom('policies').selectAll(),
        query,
        { table: 'policies', columns: ['name'], direction: 'asc' },
        toPolicy
      ),
    all: async () =>
      (await db.selectFrom('policies').selectAll().orderBy('name').execute()).map(toPolicy),
    async remove(id) {
      await find(id)
      await db.deleteFrom('policies').where('id', '=', id).execute()
    },
    setPaused: (id, paused, reason) =>
      db.transaction().execute(async trx => {
        requireUuid(id, 'POLICY_NOT_FOUND', 'Policy')
        const before = await trx
          .selectFrom('policies')
          .select('paused')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        if (!before) throw notFound('POLICY_NOT_FOUND', 'Policy', id)
        if (before.paused && !paused) await restartSchedules(trx, id)
        const row = await trx
          .updateTable('policies')
          .set({ paused, pause_reason: reason, updated_at: now })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirstOrThrow()
        return toPolicy(row)
      }),
    async scheduleStates() {
      return db
        .selectFrom('schedule_states')
        .select(['policy_id as policyId', 'schedule', 'since', 'fired_for as firedFor'])
        .execute()
    },
    fire: ({ policyId, schedule, expected }, occurrence, run) =>
      db.transaction().execute(async trx => {
        const { numUpdatedRows } = await trx
          .updateTable('schedule_states')
          .set({ fired_for: occurrence })
          .where('policy_id', '=', policyId)
          .where('schedule', '=', schedule)
          .where(sql<boolean>`fired_for IS NOT DISTINCT FROM ${expected}`)
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return undefined
        return { run: run && (await insertRun(trx, run)) }
      }),
    facts: () => policyFacts(db),
    async dueForRetention(hours) {
      const row = await db
        .selectFrom('policies')
        .selectAll()
        .where(
          sql<boolean>`coalesce(retention_at, created_at) < now() - ${hours} * interval '1 hour'`
        )
        .where(
          sql<boolean>`NOT EXISTS (SELECT FROM runs WHERE runs.policy_id = policies.id AND kind = 'retention' AND status IN ('queued', 'running'))`
        )
        .orderBy(sql`coalesce(retention_at, created_at)`)
        .limit(1)
        .executeTakeFirst()
      return row && toPolicy(row)
    },
    async markRetention(id) {
      await db.updateTable('policies').set({ retention_at: now }).where('id', '=', id).execute()
    }
  }

  async function find(id: string) {
    requireUuid(id, 'POLICY_NOT_FOUND', 'Policy')
    const row = await db.selectFrom('policies').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound('POLICY_NOT_FOUND', 'Policy', id)
    return row
  }
}

/** Arrays of ids have no foreign keys, and a foreign key would not say which reference is wrong. */
async function requireReferences(trx: Database, policy: Omit<NewPolicy, 'name'>) {
  const { sourceId, repositoryId, copyTo, channelIds, spec } = policy
  const drills = spec.drill?.where
  const staging = drills?.kind === 'staging' ? [drills.sourceId] : []
  const wanted = [
    ['sources', [sourceId, ...staging], 'SOURCE_NOT_FOUND', 'Source'],
    ['repositories', [repositoryId, ...copyTo], 'REPOSITORY_NOT_FOUND', 'Repository'],
    ['channels', channelIds, 'CHANNEL_NOT_FOUND', 'Channel']
  ] as const
  for (const [table, ids, code, what] of wanted) {
    for (const id of ids) {
      requireUuid(id, code, what)
      const row = await trx
        .selectFrom(table)
        .select('id')
        .where('id', '=', id)
        .forKeyShare()
        .executeTakeFirst()
      if (!row) throw notFound(code, what, id)
    }
  }
  if (new Set([repositoryId, ...copyTo]).size <= copyTo.length)
    throw new AppError('POLICY_INVALID', 'copyTo names a repository twice')
}

const columnsOf = (policy: Omit<NewPolicy, 'name'>) => ({
  kind: policy.kind,
  source_id: policy.sourceId,
  repository_id: policy.repositoryId,
  copy_to: policy.copyTo,
  channel_ids: policy.channelIds,
  options: JSON.stringify(policy.options),
  spec: JSON.stringify(policy.spec)
})

const toPolicy = (row: Selectable<Tables['policies']>): Policy => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  sourceId: row.source_id,
  repositoryId: row.repository_id,
  copyTo: row.copy_to,
  channelIds: row.channel_ids,
  options: row.options,
  spec: row.spec,
  paused: row.paused,
  pauseReason: row.pause_reason,
  retentionAt: row.retention_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at
})
