import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { AuditEntry, Catalog } from './catalog.ts'
import type { Database } from './database.ts'
import { readPage } from './page.ts'
import type { Tables } from './tables.ts'

const GENESIS = '0'.repeat(64)
/** Any number that is ours: entries are appended one after another, or the chain would fork. */
const LOCK = 7_236_451_903

export function audit(db: Database): Catalog['audit'] {
  return {
    append: ({ actor, action, resource, requestId, detail }) =>
      db.transaction().execute(async trx => {
        await sql`SELECT pg_advisory_xact_lock(${LOCK})`.execute(trx)
        const last = await trx
          .selectFrom('audit_log')
          .select(['id', 'hash'])
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst()
        const entry = {
          id: (last?.id ?? 0) + 1,
          at: new Date(),
          actor,
          action,
          resource,
          requestId: requestId ?? null,
          detail: detail ?? {},
          previousHash: last?.hash ?? GENESIS
        }
        await trx
          .insertInto('audit_log')
          .values({
            id: entry.id,
            at: entry.at,
            actor,
            action,
            resource,
            request_id: entry.requestId,
            detail: JSON.stringify(entry.detail),
            previous_hash: entry.previousHash,
            hash: hashOf(entry)
          })
          .execute()
      }),
    list: query =>
      readPage(
        db.selectFrom('audit_log').selectAll(),
        query,
        { table: 'audit_log', columns: ['id'], direction: 'desc' },
        toEntry
      ),
    async verify() {
      let previousHash = GENESIS
      let after = 0
      for (;;) {
        const rows = await db
          .selectFrom('audit_log')
          .selectAll()
          .where('id', '>', after)
          .orderBy('id')
          .limit(1_000)
          .execute()
        for (const entry of rows.map(toEntry)) {
          const fits =
            entry.id === after + 1 &&
            entry.previousHash === previousHash &&
            entry.hash === hashOf(entry)
          if (!fits) return entry.id
          previousHash = entry.hash
          after = entry.id
        }
        if (rows.length < 1_000) return undefined
      }
    }
  }
}

/** SHA-256 over the previous hash and the entry with its keys in a fixed order. */
function hashOf({
  id,
  at,
  actor,
  action,
  resource,
  requestId,
  detail,
  previousHash
}: Omit<AuditEntry, 'hash'>) {
  const canonical = JSON.stringify([
    id,
    at.toISOString(),
    actor,
    action,
    resource,
    requestId,
    sorted(detail)
  ])
  return createHash('sha256').update(previousHash).update(canonical).digest('hex')
}

/** jsonb does not keep the order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)])
  )
}

const toEntry = (row: Selectable<Tables['audit_log']>): AuditEntry => ({
  id: row.id,
  at: row.at,
  actor: row.actor,
  action: row.action,
  resource: row.resource,
  requestId: row.request_id,
  detail: row.detail,
  previousHash: row.previous_hash,
  hash: row.hash
})
