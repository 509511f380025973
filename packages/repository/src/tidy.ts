import type { Storage } from '@resguardo/storage'
import { type Folder, listFolders } from './folders.ts'
import { manifestKey } from './layout.ts'
import { lockedAmong, unlessLocked } from './object-lock.ts'
import { finishRemoval } from './removal.ts'

export interface Tidied {
  removed: number
  /** Objects that a lock keeps; a later tidy finds them. */
  locked: number
}

/**
 * Removes what was begun before `before` and never finished: uploads, temporary files, and the objects of backups that have
 * no manifest; and, however young, what a removal that was begun left. `inUse` says which backup ids a run still works on.
 */
export async function tidyStorage(
  storage: Storage,
  before: Date,
  inUse: (backupId: string) => boolean
): Promise<Tidied> {
  const tidied = { removed: await storage.removeUnfinished('', before), locked: 0 }
  // Listed to the end first: a list goes on in pages while we delete.
  const folders: Folder[] = []
  for await (const folder of listFolders(storage))
    if (!folder.committed && !inUse(folder.backupId)) folders.push(folder)
  for (const folder of folders) {
    if (folder.removing) await finish(folder)
    else if (folder.newest < before) await removeLoose(folder)
  }
  return tidied

  /** As a whole or not at all: what a lock keeps may still be wanted together. */
  async function finish({ source, backupId, keys }: Folder) {
    const locked = await lockedAmong(storage, keys)
    tidied.locked += locked.length
    if (locked.length > 0) return
    if (await unlessLocked(() => finishRemoval(storage, source, backupId, keys)))
      tidied.removed += keys.length
    else tidied.locked++
  }

  async function removeLoose({ source, backupId, keys }: Folder) {
    // Asked once more: a list may have been made while the manifest was written.
    if (await storage.head(manifestKey(source, backupId))) return
    for (const key of keys) {
      if (await unlessLocked(() => storage.delete(key))) tidied.removed++
      else tidied.locked++
    }
  }
}
