import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { Catalog, Channel } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid, translate } from './errors.ts'
import { readPage } from './page.ts'
import type { Sealer } from './seal.ts'
import type { Tables } from './tables.ts'

const ownerOf = (id: string) => `channels/${id}`

export function channels(db: Database, sealer: Sealer): Catalog['channels'] {
  return {
    async create({ name, kind, settings, secret, summary }) {
      const id = randomUUID()
      const row = await db
        .insertInto('channels')
        .values({
          id,
          name,
          kind,
          settings: JSON.stringify(settings),
          secret: secret ? sealer.store(secret, ownerOf(id)) : null,
          summary: summary && JSON.stringify(summary)
        })
        .returningAll()
        .executeTakeFirstOrThrow()
        .catch(error => {
          throw translate(error, { unique: 'NAME_TAKEN' })
        })
      return toChannel(row)
    },
    async update(id, { settings, secret, summary }) {
      await find(id)
      const row = await db
        .updateTable('channels')
        .set({
          updated_at: sql<Date>`now()`,
          ...(settings ? { settings: JSON.stringify(settings) } : {}),
          ...(secret ? { secret: sealer.store(secret, ownerOf(id)) } : {}),
          ...(summary === undefined ? {} : { summary: summary && JSON.stringify(summary) })
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      return toChannel(row)
    },
    get: async id => toChannel(await find(id)),
    list: query =>
      readPage(
        db.selectFrom('channels').selectAll(),
        query,
        { table: 'channels', columns: ['name'], direction: 'asc' },
        toChannel
      ),
    all: async () =>
      (await db.selectFrom('channels').selectAll().orderBy('name').execute()).map(toChannel),
    remove: id =>
      db.transaction().execute(async trx => {
        await find(id)
        const user = await trx
          .selectFrom('policies')
          .select('name')
          .where(sql<boolean>`${id} = ANY (channel_ids)`)
          .executeTakeFirst()
        if (user) throw translate({ code: '23503' }, { foreign: 'CHANNEL_IN_USE' })
        await trx.deleteFrom('channels').where('id', '=', id).execute()
      }),
    async readSecret(id) {
      const { secret } = await find(id)
      return secret === null ? undefined : sealer.open(secret, ownerOf(id))
    },
    async claimSummary(id, expected, occurrence) {
      const { numUpdatedRows } = await db
        .updateTable('channels')
        .set({ summary_for: occurrence })
        .where('id', '=', id)
        .where(sql<boolean>`summary_for IS NOT DISTINCT FROM ${expected}`)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    }
  }

  async function find(id: string) {
    requireUuid(id, 'CHANNEL_NOT_FOUND', 'Channel')
    const row = await db.selectFrom('channels').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound('CHANNEL_NOT_FOUND', 'Channel', id)
    return row
  }
}

const toChannel = (row: Selectable<Tables['channels']>): Channel => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  settings: row.settings,
  hasSecret: row.secret !== null,
  summary: row.summary,
  summaryFor: row.summary_for,
  createdAt: row.created_at,
  updatedAt: row.updated_at
})
