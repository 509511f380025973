import type { Dependencies } from './dependencies.ts'

/** Plain bytes a second of the newest restore that finished here. */
export async function measuredRate({ catalog }: Dependencies): Promise<number | null> {
  const { items } = await catalog.restores.list({ limit: 50 })
  const result = items.find(({ result }) => result !== null)?.result as
    | { plainBytes: number; seconds: number }
    | undefined
  return result && result.seconds > 0 ? Math.max(1, result.plainBytes / result.seconds) : null
}
