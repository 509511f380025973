import { type connect, type PgTarget, useStableText, withConnection } from '@resguardo/pg-tools'

export type Client = Awaited<ReturnType<typeof connect>>

interface Place {
  database: PgTarget
  signal: AbortSignal
}

/** A connection for `work`, which an abort ends. @throws the signal's reason, or what withConnection throws */
export async function withSession<T>(
  { database, signal }: Place,
  work: (client: Client) => Promise<T>
): Promise<T> {
  signal.throwIfAborted()
  try {
    return await withConnection(database, async client => {
      const end = () => void client.end().catch(() => {})
      signal.addEventListener('abort', end, { once: true })
      try {
        signal.throwIfAborted()
        return await work(client)
      } finally {
        signal.removeEventListener('abort', end)
      }
    })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/**
 * `work` for each item on at most `jobs` connections, whose text forms are stable. Results are in the order of the items;
 * the first failure ends the other connections and is thrown.
 */
export async function onConnections<I, R>(
  { database, signal, jobs }: Place & { jobs: number },
  items: I[],
  work: (client: Client, item: I) => Promise<R>
): Promise<R[]> {
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const queue = items.entries()
  const results: R[] = []
  const lane = () =>
    withSession({ database, signal: stop }, async client => {
      await useStableText(client)
      for (const [index, item] of queue) results[index] = await work(client, item)
    }).catch(error => failed.abort(error))
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, lane))
  stop.throwIfAborted()
  return results
}
