import { type Selectable, sql } from 'kysely'
import type { Catalog, RegisteredSecret } from './catalog.ts'
import type { Database } from './database.ts'
import { notFound, requireUuid, translate } from './errors.ts'
import { readPage } from './page.ts'
import type { Tables } from './tables.ts'

/** The register of secrets: names and dates, never values. */
export function secrets(db: Database): Catalog['secrets'] {
  return {
    async create({ rotateDays, rotatedAt, ...secret }) {
      const row = await db
        .insertInto('secrets')
        .values({ ...secret, rotate_days: rotateDays, rotated_at: rotatedAt })
        .returningAll()
        .executeTakeFirstOrThrow()
        .catch(error => {
          throw translate(error, { unique: 'NAME_TAKEN' })
        })
      return toSecret(row)
    },
    async update(id, { rotateDays, rotatedAt, ...change }) {
      await find(id)
      const row = await db
        .updateTable('secrets')
        .set({
          ...change,
          ...(rotateDays === undefined ? {} : { rotate_days: rotateDays }),
          ...(rotatedAt === undefined ? {} : { rotated_at: rotatedAt }),
          updated_at: sql<Date>`now()`
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      return toSecret(row)
    },
    get: async id => toSecret(await find(id)),
    list: query =>
      readPage(
        db.selectFrom('secrets').selectAll(),
        query,
        { table: 'secrets', columns: ['name'], direction: 'asc' },
        toSecret
      ),
    all: async () =>
      (await db.selectFrom('secrets').selectAll().orderBy('name').execute()).map(toSecret),
    async remove(id) {
      await find(id)
      await db.deleteFrom('secrets').where('id', '=', id).execute()
    }
  }

  async function find(id: string) {
    requireUuid(id, 'SECRET_NOT_FOUND', 'Secret')
    const row = await db.selectFrom('secrets').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound('SECRET_NOT_FOUND', 'Secret', id)
    return row
  }
}

const toSecret = (row: Selectable<Tables['secrets']>): RegisteredSecret => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  owner: row.owner,
  note: row.note,
  rotateDays: row.rotate_days,
  rotatedAt: row.rotated_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at
})
