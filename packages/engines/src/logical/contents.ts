import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ClientPrograms, pgRestoreListStage } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import type { RestoreContext } from '../engine.ts'
import type { ArchiveSource } from './archive-source.ts'
import { parseTableName, type TableName } from './table-name.ts'
import { type Entry, parseToc, selectEntries, splitAtAttaches } from './toc.ts'

/** What of an archive is restored. */
export interface Contents {
  /** Path of the list for `pg_restore --use-list`; undefined: everything. */
  list: string | undefined
  /** Lists for the post-data section, one after another. */
  postData: { list: string | undefined; parallel: boolean }[]
  includes(table: TableName): boolean
}

/** Reads the archive's table of contents and chooses from it. @throws VALIDATION_FAILED where nothing is chosen */
export async function readContents(
  { options, signal }: Pick<RestoreContext, 'options' | 'signal'>,
  client: ClientPrograms,
  source: ArchiveSource
): Promise<Contents> {
  const { schemas = [], tables = [], isolated = false } = options
  const partial = schemas.length + tables.length > 0
  // A stream is restored serially: there is nothing to order.
  if (!partial && !isolated && !source.file) return everything
  const all = parseToc(await source.run(file => pgRestoreListStage(client, file), signal))
  const names = tables.map(parseTableName)
  const chosen = partial ? selectEntries(all, { schemas, tables: names }) : all
  if (partial) refuseNothing(chosen, names)
  const entries = isolated ? chosen.filter(({ kind }) => kind !== 'USER MAPPING') : chosen
  const parts = source.file ? splitAtAttaches(entries) : [{ entries, parallel: true }]
  const list =
    entries.length < all.length ? await writeList(source, 'contents', entries) : undefined
  return {
    list,
    postData:
      parts.length === 1
        ? [{ list, parallel: true }]
        : await Promise.all(
            parts.map(async ({ entries, parallel }, i) => ({
              list: await writeList(source, `post-data-${i}`, entries),
              parallel
            }))
          ),
    includes: table => !partial || entries.some(entry => isTable(entry, table))
  }
}

const everything: Contents = {
  list: undefined,
  postData: [{ list: undefined, parallel: true }],
  includes: () => true
}

const isTable = ({ kind, rest }: Entry, { schema, name }: TableName) =>
  kind === 'TABLE' && rest.startsWith(`${schema} ${name} `)

function refuseNothing(entries: Entry[], tables: TableName[]) {
  const missing = tables.filter(table => !entries.some(entry => isTable(entry, table)))
  if (missing.length === 0 && entries.some(({ kind }) => kind === 'TABLE')) return
  const names = missing.map(({ schema, name }) => `${schema}.${name}`).join(', ')
  throw new AppError(
    'VALIDATION_FAILED',
    names ? `Not in the backup: ${names}` : 'The named schemas hold no table in the backup',
    { hint: 'Its manifest lists the tables: GET /v1/backups/<id>. Names are case-sensitive.' }
  )
}

async function writeList({ dir }: ArchiveSource, name: string, entries: Entry[]) {
  const path = join(dir, `${name}.list`)
  await writeFile(path, `${entries.map(({ line }) => line).join('\n')}\n`, { mode: 0o600 })
  return path
}
