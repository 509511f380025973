import type { ManifestObject } from '@resguardo/repository'

type Task = (signal: AbortSignal) => Promise<void>

interface Table {
  waiting: ManifestObject[]
  /** Plain bytes of what waits. */
  bytes: number
  filling: number
}

/**
 * Gives a task for every stream, chosen when it is asked for: of the table that the fewest tasks are filling then, and of those
 * the one with the most bytes to come. Connections that fill one table wait for each other whenever it grows.
 */
export function* spreadTables(
  streams: ManifestObject[],
  fill: (stream: ManifestObject, signal: AbortSignal) => Promise<void>
): Generator<Task> {
  const left = new Set(tablesOf(streams))
  while (left.size > 0) {
    const table = [...left].reduce((best, one) => (goesBefore(one, best) ? one : best))
    const stream = table.waiting.shift()!
    table.bytes -= stream.plainBytes
    table.filling++
    if (table.waiting.length === 0) left.delete(table)
    yield signal => fill(stream, signal).finally(() => table.filling--)
  }
}

const goesBefore = (one: Table, other: Table) =>
  one.filling < other.filling || (one.filling === other.filling && one.bytes > other.bytes)

const tablesOf = (streams: ManifestObject[]): Table[] =>
  [...Map.groupBy(streams, ({ table }) => JSON.stringify(table)).values()].map(waiting => ({
    waiting,
    bytes: waiting.reduce((sum, { plainBytes }) => sum + plainBytes, 0),
    filling: 0
  }))
