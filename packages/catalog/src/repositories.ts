import { randomUUID } from 'node:crypto'
import { type Selectable, sql, type UpdateObject } from 'kysely'
import type { Catalog, Repository } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid, translate } from './errors.ts'
import { readPage } from './page.ts'
import type { Sealer } from './seal.ts'
import type { Tables } from './tables.ts'

const ownerOf = (id: string) => `repositories/${id}`

export function repositories(db: Database, sealer: Sealer): Catalog['repositories'] {
  return {
    async create({ name, kind, settings, secret, recipients }) {
      const id = randomUUID()
      const row = await db
        .insertInto('repositories')
        .values({
          id,
          name,
          kind,
          settings: JSON.stringify(settings),
          secret: secret ? sealer.store(secret, ownerOf(id)) : null,
          recipients
        })
        .returningAll()
        .executeTakeFirstOrThrow()
        .catch(error => {
          throw translate(error, { unique: 'NAME_TAKEN' })
        })
      return toRepository(row)
    },
    async update(id, { settings, secret, recipients }) {
      const row = await change(id, {
        state: 'pending',
        state_error: null,
        ...(settings ? { settings: JSON.stringify(settings) } : {}),
        ...(secret ? { secret: sealer.store(secret, ownerOf(id)) } : {}),
        ...(recipients ? { recipients } : {})
      })
      return toRepository(row)
    },
    get: async id => toRepository(await find(id)),
    list: query =>
      readPage(
        db.selectFrom('repositories').selectAll(),
        query,
        { table: 'repositories', columns: ['name'], direction: 'asc' },
        toRepository
      ),
    async remove(id) {
      await find(id)
      const { numDeletedRows } = await db
        .deleteFrom('repositories')
        .where('id', '=', id)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('runs')
                .select('id')
                .whereRef('repository_id', '=', 'repositories.id')
                .where('status', 'in', ['queued', 'running'])
            )
          )
        )
        .executeTakeFirst()
        .catch(error => {
          throw translate(error, { foreign: 'REPOSITORY_IN_USE' })
        })
      if (numDeletedRows === 0n)
        throw translate({ code: '23503' }, { foreign: 'REPOSITORY_IN_USE' })
    },
    async readSecret(id) {
      const { secret } = await find(id)
      return secret === null ? undefined : sealer.open(secret, ownerOf(id))
    },
    async probed(id, { repositoryId, signers, capabilities }) {
      await change(id, {
        state: 'ready',
        state_error: null,
        repository_id: repositoryId,
        signers,
        capabilities: JSON.stringify(capabilities)
      })
    },
    async probeFailed(id, error) {
      await change(id, { state: 'failed', state_error: JSON.stringify(error) })
    },
    async setCapabilities(id, more) {
      await change(id, {
        capabilities: sql`coalesce(capabilities, '{}') || ${JSON.stringify(more)}::jsonb`
      })
    },
    async dueForTidy(hours) {
      const row = await db
        .selectFrom('repositories')
        .selectAll()
        .where('state', '=', sql.lit('ready'))
        .where(sql<boolean>`coalesce(tidied_at, created_at) < now() - ${hours} * interval '1 hour'`)
        .limit(1)
        .executeTakeFirst()
      return row && toRepository(row)
    },
    async markTidied(id) {
      await change(id, { tidied_at: sql<Date>`now()` })
    }
  }

  async function change(id: string, values: UpdateObject<Tables, 'repositories'>) {
    requireUuid(id, 'REPOSITORY_NOT_FOUND', 'Repository')
    const row = await db
      .updateTable('repositories')
      .set({ ...values, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    if (!row) throw notFound('REPOSITORY_NOT_FOUND', 'Repository', id)
    return row
  }

  async function find(id: string) {
    requireUuid(id, 'REPOSITORY_NOT_FOUND', 'Repository')
    const row = await db
      .selectFrom('repositories')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (!row) throw notFound('REPOSITORY_NOT_FOUND', 'Repository', id)
    return row
  }
}

const toRepository = (row: Selectable<Tables['repositories']>): Repository => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  settings: row.settings,
  hasSecret: row.secret !== null,
  recipients: row.recipients,
  signers: row.signers,
  state: row.state,
  stateError: row.state_error,
  repositoryId: row.repository_id,
  capabilities: row.capabilities,
  createdAt: row.created_at,
  updatedAt: row.updated_at
})
