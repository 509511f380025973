import type { ManifestObject } from '@resguardo/repository'

type Task = (signal: AbortSignal) => Promise<void>

/**
 * Gives a task for every stream, chosen when it is asked for: of the table that the fewest tasks are filling then, and of those
 * the one with the most bytes to come. Connections that fill one table wait for each other whenever it grows.
 */
export function* spreadTables(
  streams: ManifestObject[],
  fill: (stream: ManifestObject, signal: AbortSignal) => Promise<void>
): Generator<Task> {
  const tables = [...Map.groupBy(streams, ({ table }) => JSON.stringify(table)).values()].map(
    waiting => ({
      waiting,
      filling: 0,
      bytes: waiting.reduce((sum, one) => sum + one.plainBytes, 0)
    })
  )
  for (;;) {
    const [table] = tables
      .filter(({ waiting }) => waiting.length > 0)
      .sort((a, b) => a.filling - b.filling || b.bytes - a.bytes)
    if (!table) return
    const stream = table.waiting.shift()!
    table.filling++
    table.bytes -= stream.plainBytes
    yield signal => fill(stream, signal).finally(() => table.filling--)
  }
}
