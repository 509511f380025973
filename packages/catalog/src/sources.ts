import { randomUUID } from 'node:crypto'
import { AppError } from '@resguardo/shared'
import { type Selectable, sql } from 'kysely'
import type { Catalog, Source } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid, translate } from './errors.ts'
import { readPage } from './page.ts'
import type { Sealer } from './seal.ts'
import type { Tables } from './tables.ts'

const ownerOf = (id: string) => `sources/${id}`

export function sources(db: Database, sealer: Sealer): Catalog['sources'] {
  return {
    async create({ name, kind, connection, secret }) {
      const id = randomUUID()
      const row = await db
        .insertInto('sources')
        .values({
          id,
          name,
          kind,
          connection: JSON.stringify(connection),
          secret: secret ? sealer.store(secret, ownerOf(id)) : null
        })
        .returningAll()
        .executeTakeFirstOrThrow()
        .catch(error => {
          throw translate(error, { unique: 'NAME_TAKEN' })
        })
      return toSource(row)
    },
    async update(id, { connection, secret }) {
      requireUuid(id, 'SOURCE_NOT_FOUND', 'Source')
      const row = await db
        .updateTable('sources')
        .set({
          updated_at: sql<Date>`now()`,
          ...(connection ? { connection: JSON.stringify(connection) } : {}),
          ...(secret ? { secret: sealer.store(secret, ownerOf(id)) } : {})
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      if (!row) throw notFound('SOURCE_NOT_FOUND', 'Source', id)
      return toSource(row)
    },
    get: async id => toSource(await find(id)),
    list: query =>
      readPage(
        db.selectFrom('sources').selectAll(),
        query,
        { table: 'sources', columns: ['name'], direction: 'asc' },
        toSource
      ),
    remove: id =>
      db.transaction().execute(async trx => {
        requireUuid(id, 'SOURCE_NOT_FOUND', 'Source')
        // Whoever refers to it meanwhile waits, or is seen by the next statement.
        const row = await trx
          .selectFrom('sources')
          .select('id')
          .where('id', '=', id)
          .forUpdate()
          .executeTakeFirst()
        if (!row) throw notFound('SOURCE_NOT_FOUND', 'Source', id)
        const { rows } = await sql<{ what: string }>`
          SELECT 'A run that is not finished' AS what FROM runs
          WHERE source_id = ${id} AND status IN ('queued', 'running')
          UNION ALL
          SELECT 'The drill plan of policy ' || name FROM policies
          WHERE lower(spec #>> '{drill,where,sourceId}') = ${id.toLowerCase()}`.execute(trx)
        if (rows[0]) throw new AppError('SOURCE_IN_USE', `${rows[0].what} refers to it`)
        await trx
          .deleteFrom('sources')
          .where('id', '=', id)
          .execute()
          .catch(error => {
            throw translate(error, { foreign: 'SOURCE_IN_USE' })
          })
      }),
    async readSecret(id) {
      const { secret } = await find(id)
      return secret === null ? undefined : sealer.open(secret, ownerOf(id))
    }
  }

  async function find(id: string) {
    requireUuid(id, 'SOURCE_NOT_FOUND', 'Source')
    const row = await db.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound('SOURCE_NOT_FOUND', 'Source', id)
    return row
  }
}

const toSource = (row: Selectable<Tables['sources']>): Source => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  connection: row.connection,
  hasSecret: row.secret !== null,
  createdAt: row.created_at,
  updatedAt: row.updated_at
})
