import { asAppError } from '@resguardo/shared'
import { isLocked, type ObjectLock, type Storage } from '@resguardo/storage'
import { inParallel } from './in-parallel.ts'
import { backupPrefix, manifestKey, signatureKey } from './layout.ts'
import type { Manifest } from './manifest.ts'

/** Requests at once: each waits for the store, not for us. */
export const AT_ONCE = 8

/** Which of these are locked now, and until when; the one that is locked longest comes first. */
export async function lockedAmong(
  storage: Storage,
  keys: string[]
): Promise<{ key: string; until: Date }[]> {
  const locked: { key: string; until: Date }[] = []
  await inParallel(keys, AT_ONCE, async key => {
    const until = (await storage.head(key))?.lockedUntil
    if (isLocked(until)) locked.push({ key, until })
  })
  return locked.sort((a, b) => b.until.getTime() - a.until.getTime())
}

/** Whether it was done; false where a lock forbids it. */
export async function unlessLocked(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (asAppError(error).code !== 'STORAGE_LOCKED') throw error
    return false
  }
}

/** Locks a whole backup at least as long: the manifest last, so that its lock tells that all the others are locked. */
export async function extendBackupLock(
  storage: Storage,
  { source, id, objects }: Manifest,
  lock: ObjectLock
): Promise<void> {
  const prefix = backupPrefix(source.name, id)
  await inParallel(objects, AT_ONCE, ({ key }) => storage.extendLock(prefix + key, lock))
  await storage.extendLock(signatureKey(source.name, id), lock)
  await storage.extendLock(manifestKey(source.name, id), lock)
}
