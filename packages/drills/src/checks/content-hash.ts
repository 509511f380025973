import { createHash } from 'node:crypto'
import { holdsRows, parseTableName } from '@resguardo/engines'
import { readTableContent } from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'
import { defineCheck } from '../check.ts'
import { count, details } from './details.ts'
import { keyOf, labelOf, presentTables } from './present-tables.ts'
import { type Client, onConnections } from './session.ts'
import { wrongCheck } from './wrong-check.ts'

type Table = Manifest['tables'][number]

/** Every row of all tables, of those that are named, or of a share of them, hashed and compared with the backup. */
export const contentHash = defineCheck({
  kind: 'content-hash',
  async run(context, { tables, samplePercent }) {
    const { manifest } = context
    const hashed = hashedTables(manifest)
    const version = manifest.contentHashVersion ?? 1
    const wanted = tables ? tables.map(name => findTable(hashed, name)) : hashed
    const chosen = sample(wanted, samplePercent, `${manifest.id} content-hash`)
    const present = await presentTables(context)
    const compare = async (client: Client, table: Table) =>
      present.has(keyOf(table))
        ? compareContent(client, table, version)
        : `${labelOf(table)} is missing, the backup has ${count(table.rows, 'row')}`
    const bySize = chosen.toSorted((a, b) => b.bytes - a.bytes)
    const found = await onConnections(context, bySize, compare)
    const wrong = found.filter(problem => problem !== undefined)
    return {
      passed: wrong.length === 0,
      expected: `contents of ${chosen.length} of ${count(hashed.length, 'table')} as in the backup`,
      actual: `${chosen.length - wrong.length} as in the backup, ${wrong.length} not`,
      details: details(wrong.length > 0 ? wrong : chosen.map(labelOf))
    }
  }
})

function hashedTables({ id, tables }: Manifest): Table[] {
  const held = tables.filter(holdsRows)
  const hashed = held.filter(table => table.contentHash !== undefined)
  if (hashed.length > 0 || held.length === 0) return hashed
  throw wrongCheck(
    `Backup ${id} has no content hashes`,
    'Set the backup option contentHash to "full"; backups made from then on have them.'
  )
}

function findTable(hashed: Table[], name: string): Table {
  const key = keyOf(parseTableName(name))
  const found = hashed.find(table => keyOf(table) === key)
  if (found) return found
  throw wrongCheck(
    `The backup has no content hash of a table ${name}`,
    "Correct the check's tables; for a partitioned table name its partitions, and no materialised view."
  )
}

/** A share of the tables, at least one: always the same for one seed, most likely others for another. */
export function sample(tables: Table[], percent: number, seed: string): Table[] {
  const order = (table: Table) =>
    createHash('sha256')
      .update(`${seed} ${keyOf(table)}`)
      .digest('hex')
  const shuffled = tables
    .map(table => ({ table, at: order(table) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  return shuffled.slice(0, Math.ceil((tables.length * percent) / 100)).map(({ table }) => table)
}

async function compareContent(
  client: Client,
  table: Table,
  version: 1 | 2
): Promise<string | undefined> {
  const { rows, hash } = await readTableContent(client, table, version)
  if (rows !== table.rows)
    return `${labelOf(table)} has ${count(rows, 'row')}, the backup ${table.rows}`
  if (hash !== table.contentHash)
    return `${labelOf(table)} has the right number of rows, but other contents`
}
