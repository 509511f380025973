import { countRows, holdsRows } from '@resguardo/engines'
import type { Manifest } from '@resguardo/repository'
import { type CheckContext, type CheckFinding, defineCheck } from '../check.ts'
import { count, details } from './details.ts'
import { keyOf, labelOf, presentTables } from './present-tables.ts'
import { onConnections, withSession } from './session.ts'

type Table = Manifest['tables'][number]

/**
 * Exact rows of every table and the number of large objects, as the backup counted them; no table more, none less. A materialised
 * view is there when it is populated: the restore made its rows anew.
 */
export const rowCounts = defineCheck({ kind: 'row-counts', run: compareCounts })

async function compareCounts(context: CheckContext): Promise<CheckFinding> {
  const { tables, largeObjects } = context.manifest
  const present = await presentTables(context)
  const bySize = tables.toSorted((a, b) => b.bytes - a.bytes)
  const [found, missing] = divide(bySize, table => present.has(keyOf(table)))
  const counted = found.filter(holdsRows)
  const counts = await onConnections(context, counted, countRows)
  const restoredObjects = await countLargeObjects(context)

  const known = new Set(tables.map(keyOf))
  const extra = [...present].filter(([key]) => !known.has(key)).map(([, table]) => table)
  const differences = [
    ...missing.map(absence),
    ...extra.map(table => `${labelOf(table)} is not in the backup`),
    ...counted.flatMap((table, i) =>
      counts[i] === table.rows
        ? []
        : [`${labelOf(table)} has ${rows(counts[i]!)}, the backup ${table.rows}`]
    ),
    ...(restoredObjects === largeObjects
      ? []
      : [`${count(restoredObjects, 'large object')}, the backup has ${largeObjects}`])
  ]
  return {
    passed: differences.length === 0,
    expected: summary(
      tables.length,
      sum(tables.filter(holdsRows).map(table => table.rows)),
      largeObjects
    ),
    actual: `${summary(present.size, sum(counts), restoredObjects)}: ${count(differences.length, 'difference')}`,
    details: details(differences),
    counted: { tables: counted.length, rows: sum(counts) }
  }
}

async function countLargeObjects(context: CheckContext) {
  const { rows } = await withSession(context, client =>
    client.query<{ n: number }>('SELECT count(*)::int AS n FROM pg_largeobject_metadata')
  )
  return rows[0]!.n
}

function divide(tables: Table[], test: (table: Table) => boolean): [Table[], Table[]] {
  return [tables.filter(test), tables.filter(table => !test(table))]
}

const absence = (table: Table) =>
  holdsRows(table)
    ? `${labelOf(table)} is missing, the backup has ${rows(table.rows)}`
    : `${labelOf(table)} is missing or was not refreshed`
const rows = (n: number) => count(n, 'row')
const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0)
const summary = (tables: number, rowsInAll: number, objects: number) =>
  `${count(tables, 'table')}, ${rows(rowsInAll)}, ${count(objects, 'large object')}`
