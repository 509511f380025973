import type { Dependencies } from './dependencies.ts'

interface Measured {
  at: Date
  plainBytes: number
  seconds: number
}

/** Plain bytes a second of the newest restore or drill that finished here; null where there was none. */
export async function measuredRate(dependencies: Dependencies): Promise<number | null> {
  const measured = [await lastRestore(dependencies), await lastDrill(dependencies)]
    .filter(one => one !== undefined)
    .filter(({ seconds }) => seconds > 0)
    .sort((a, b) => b.at.getTime() - a.at.getTime())[0]
  return measured ? Math.max(1, measured.plainBytes / measured.seconds) : null
}

async function lastRestore({ catalog }: Dependencies): Promise<Measured | undefined> {
  const { items } = await catalog.restores.list({ limit: 50 })
  const restore = items.find(({ result }) => result !== null)
  if (!restore) return undefined
  const { plainBytes, seconds } = restore.result as { plainBytes: number; seconds: number }
  return { at: restore.createdAt, plainBytes, seconds }
}

async function lastDrill({ catalog }: Dependencies): Promise<Measured | undefined> {
  const { items } = await catalog.drills.list({ limit: 50 })
  const drill = items.find(({ restoreSeconds }) => restoreSeconds !== null)
  if (!drill?.backupId) return undefined
  const { plainBytes } = await catalog.backups.get(drill.backupId)
  return { at: drill.createdAt, plainBytes, seconds: drill.restoreSeconds! }
}
