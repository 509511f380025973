import {
  explainPgError,
  type PgTarget,
  qualified,
  readTableContent,
  useStableText,
  withConnection
} from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import { AppError } from '@resguardo/shared'
import type pg from 'pg'
import { defaultJobs } from '../default-jobs.ts'
import type { RestoreContext } from '../engine.ts'
import { runTasks } from '../run-tasks.ts'
import { sameTable, type TableName } from './table-name.ts'
import { countRows, holdsRows } from './tables.ts'

type Expected = Manifest['tables'][number]

/**
 * Compares every table of a restored database with the manifest, exact counts and (where the backup has them) content
 * hashes, and gathers its statistics, on several connections at once. Materialised views only have to be there, populated.
 * @throws RESTORE_COUNT_MISMATCH naming the tables
 */
export async function verify(context: RestoreContext, database: PgTarget): Promise<void> {
  const { manifest, options, slots, signal } = context
  const partial = (options.schemas?.length ?? 0) + (options.tables?.length ?? 0) > 0
  const present = await withConnection(database, listRelations)
  const tables = partial
    ? manifest.tables.filter(table => present.some(found => sameTable(found, table)))
    : manifest.tables
  const wrong = tables
    .filter(table => !holdsRows(table) && !present.some(found => isFilled(found, table)))
    .map(({ schema, name }) => `${schema}.${name} is missing or was not refreshed`)
  const hashVersion = options.verify === 'counts' ? undefined : (manifest.contentHashVersion ?? 1)
  const check = (table: Expected) => async (client: pg.Client) => {
    const problem = await compare(client, table, hashVersion)
    if (problem) wrong.push(problem)
  }
  const analyze = (name: TableName) => async (client: pg.Client) => {
    await client.query(`ANALYZE ${qualified(name.schema, name.name)}`)
  }
  const bySize = tables.toSorted((a, b) => b.bytes - a.bytes)
  const work = [
    ...bySize.flatMap(table => (holdsRows(table) ? [check(table), analyze(table)] : [])),
    ...present.filter(({ kind }) => kind !== 'r').map(analyze)
  ]
  const jobs = options.jobs ?? defaultJobs()
  const queue = work[Symbol.iterator]()
  await runTasks(
    Array.from({ length: Math.min(jobs, work.length) }, () => lane),
    { jobs, slots, signal }
  )
  if (!partial)
    wrong.push(...(await withConnection(database, c => compareLargeObjects(c, manifest))))
  if (wrong.length > 0) throw new AppError('RESTORE_COUNT_MISMATCH', wrong.slice(0, 20).join('; '))

  /** One connection that takes what is next; an abort ends it. */
  async function lane(stop: AbortSignal) {
    await withConnection(database, async client => {
      const end = () => void client.end().catch(() => {})
      stop.addEventListener('abort', end, { once: true })
      try {
        await useStableText(client)
        for (const step of queue) {
          stop.throwIfAborted()
          await step(client)
        }
      } catch (error) {
        stop.throwIfAborted()
        throw explainPgError(error, database)
      } finally {
        stop.removeEventListener('abort', end)
      }
    })
  }
}

interface Present extends TableName {
  kind: string
  /** Of a materialised view. */
  populated: boolean
}

/** Tables, materialised views and partitioned tables of the user's own. */
async function listRelations(client: pg.Client) {
  const { rows } = await client.query<Present>(`
    SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispopulated AS populated
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`)
  return rows
}

const isFilled = (found: Present, table: Expected) =>
  found.kind === table.kind && found.populated && sameTable(found, table)

async function compare(client: pg.Client, table: Expected, hashVersion: 1 | 2 | undefined) {
  const name = `${table.schema}.${table.name}`
  if (hashVersion && table.contentHash !== undefined) {
    const { rows, hash } = await readTableContent(client, table, hashVersion)
    if (rows !== table.rows) return `${name} has ${rows} rows, the backup ${table.rows}`
    return hash === table.contentHash
      ? undefined
      : `${name} has the right number of rows, but other contents`
  }
  const rows = await countRows(client, table)
  return rows === table.rows ? undefined : `${name} has ${rows} rows, the backup ${table.rows}`
}

async function compareLargeObjects(client: pg.Client, { largeObjects }: Manifest) {
  const { rows } = await client.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM pg_largeobject_metadata'
  )
  const { n } = rows[0]!
  return n === largeObjects ? [] : [`${n} large objects, the backup has ${largeObjects}`]
}
