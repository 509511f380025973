import { asAppError } from '@resguardo/shared'
import { type Storage, storageLocked } from '@resguardo/storage'
import { inParallel } from './in-parallel.ts'
import { backupPrefix, manifestKey, signatureKey, tombstoneKey } from './layout.ts'
import { AT_ONCE, lockedAmong, unlessLocked } from './object-lock.ts'

export interface Removal {
  reason: string
  removedAt: Date
  /** Objects that are gone, of how many. What it throws ends the removal there. */
  onProgress?: (done: number, total: number) => void
}

const TOMBSTONE_VERSION = 1

/**
 * Removes a backup: a tombstone, which says that it is no backup any more; then the manifest; then everything else; the
 * tombstone last. Killed anywhere and called again it ends the same; what is gone already is no error.
 * @throws STORAGE_LOCKED before anything is changed
 */
export async function removeBackup(
  storage: Storage,
  source: string,
  backupId: string,
  { reason, removedAt, onProgress }: Removal
): Promise<void> {
  const tombstone = tombstoneKey(source, backupId)
  const keys = await keysOf(storage, source, backupId)
  if (keys.length === 0) return
  const objects = keys.filter(key => key !== tombstone)
  const [locked] = await lockedAmong(storage, objects)
  if (locked) throw storageLocked(locked.key, locked.until)
  const text = JSON.stringify({
    formatVersion: TOMBSTONE_VERSION,
    id: backupId,
    source,
    reason,
    removedAt: removedAt.toISOString()
  })
  await storage
    .write(tombstone, once(`${text}\n`), {
      ifAbsent: true,
      storageClass: 'STANDARD'
    })
    .catch(error => {
      if (asAppError(error).code !== 'STORAGE_OBJECT_EXISTS') throw error
    })
  await finishRemoval(storage, source, backupId, keys, onProgress)
}

/**
 * Deletes the objects of a backup that has a tombstone. Where the bucket locks by default the tombstone itself is locked and
 * stays; tidy removes it when its time is over.
 */
export async function finishRemoval(
  storage: Storage,
  source: string,
  backupId: string,
  keys: string[],
  onProgress: (done: number, total: number) => void = () => {}
): Promise<void> {
  const commit = [manifestKey(source, backupId), signatureKey(source, backupId)]
  const tombstone = tombstoneKey(source, backupId)
  const others = keys.filter(key => key !== tombstone && !commit.includes(key))
  const total = commit.length + others.length
  let done = 0
  for (const key of commit) await remove(key)
  await inParallel(others, AT_ONCE, remove)
  await unlessLocked(() => storage.delete(tombstone))

  async function remove(key: string) {
    await storage.delete(key)
    onProgress(++done, total)
  }
}

async function keysOf(storage: Storage, source: string, backupId: string) {
  const keys: string[] = []
  for await (const { key } of storage.list(backupPrefix(source, backupId))) keys.push(key)
  return keys
}

async function* once(text: string) {
  yield Buffer.from(text)
}
