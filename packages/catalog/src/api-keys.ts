import { createHash, randomBytes } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { ApiKey, Catalog } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid } from './errors.ts'
import { newestFirst, readPage } from './page.ts'
import type { Tables } from './tables.ts'

const PREFIX_LENGTH = 9
const hashOf = (key: string) => createHash('sha256').update(key).digest()

export function apiKeys(db: Database): Catalog['apiKeys'] {
  return {
    async create({ name, role, expiresAt }) {
      const key = `rg_${randomBytes(32).toString('base64url')}`
      const row = await db
        .insertInto('api_keys')
        .values({
          name,
          role,
          prefix: key.slice(0, PREFIX_LENGTH),
          hash: hashOf(key),
          expires_at: expiresAt ?? null
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      return { apiKey: toApiKey(row), key }
    },
    async authenticate(key) {
      const row = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('hash', '=', hashOf(key))
        .where('revoked_at', 'is', null)
        .where(sql<boolean>`(expires_at IS NULL OR expires_at > now())`)
        .executeTakeFirst()
      if (!row) return undefined
      await db
        .updateTable('api_keys')
        .set({ last_used_at: sql<Date>`now()` })
        .where('id', '=', row.id)
        .where(sql<boolean>`(last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`)
        .execute()
      return toApiKey(row)
    },
    list: query =>
      readPage(db.selectFrom('api_keys').selectAll(), query, newestFirst('api_keys'), toApiKey),
    async get(id) {
      requireUuid(id, 'API_KEY_NOT_FOUND', 'API key')
      const row = await db
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
      if (!row) throw notFound('API_KEY_NOT_FOUND', 'API key', id)
      return toApiKey(row)
    },
    async revoke(id) {
      requireUuid(id, 'API_KEY_NOT_FOUND', 'API key')
      const row = await db
        .updateTable('api_keys')
        .set({ revoked_at: sql<Date>`coalesce(revoked_at, now())` })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      if (!row) throw notFound('API_KEY_NOT_FOUND', 'API key', id)
      return toApiKey(row)
    }
  }
}

const toApiKey = (row: Selectable<Tables['api_keys']>): ApiKey => ({
  id: row.id,
  name: row.name,
  role: row.role,
  prefix: row.prefix,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at
})
