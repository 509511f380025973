import { AppError } from '@resguardo/shared'
import { sql } from 'kysely'
import type { Catalog } from './catalog.ts'
import type { Database } from './database.ts'

export function idempotency(db: Database): Catalog['idempotency'] {
  return {
    async begin(apiKeyId, key, requestHash) {
      await db
        .deleteFrom('idempotency_keys')
        .where(sql<boolean>`created_at < now() - interval '24 hours'`)
        .execute()
      const inserted = await db
        .insertInto('idempotency_keys')
        .values({ api_key_id: apiKeyId, key, request_hash: requestHash })
        .onConflict(conflict => conflict.columns(['api_key_id', 'key']).doNothing())
        .returning('key')
        .executeTakeFirst()
      if (inserted) return { state: 'new' }
      const known = await db
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('api_key_id', '=', apiKeyId)
        .where('key', '=', key)
        .executeTakeFirst()
      if (known && known.request_hash !== requestHash)
        throw new AppError(
          'IDEMPOTENCY_KEY_REUSED',
          'This Idempotency-Key was used for another request'
        )
      if (!known || known.status === null)
        throw new AppError(
          'IDEMPOTENCY_IN_PROGRESS',
          'The first request with this Idempotency-Key has not finished'
        )
      return { state: 'done', status: known.status, body: known.body }
    },
    async complete(apiKeyId, key, status, body) {
      await db
        .updateTable('idempotency_keys')
        .set({ status, body: JSON.stringify(body) })
        .where('api_key_id', '=', apiKeyId)
        .where('key', '=', key)
        .execute()
    },
    async forget(apiKeyId, key) {
      await db
        .deleteFrom('idempotency_keys')
        .where('api_key_id', '=', apiKeyId)
        .where('key', '=', key)
        .where('status', 'is', null)
        .execute()
    }
  }
}
