import type { Storage, StoredObject } from '@resguardo/storage'
import { manifestKey, parseBackupKey, tombstoneKey } from './layout.ts'

/** What the keys tell of one backup's folder. */
export interface Folder {
  source: string
  backupId: string
  keys: string[]
  newest: Date
  /** It has a manifest and no tombstone: it is a backup. */
  committed: boolean
  /** It has a tombstone: it is being removed, with or without its manifest. */
  removing: boolean
}

/** Every backup's folder in the order of the keys, from a listing alone. */
export async function* listFolders(storage: Storage): AsyncGenerator<Folder> {
  let folder: Folder | undefined
  for await (const object of storage.list('')) {
    const place = parseBackupKey(object.key)
    if (!place) continue
    if (folder && (folder.source !== place.source || folder.backupId !== place.backupId)) {
      yield folder
      folder = undefined
    }
    folder ??= { ...place, keys: [], newest: object.modifiedAt, committed: false, removing: false }
    add(folder, object)
  }
  if (folder) yield folder
}

/** In key order the tombstone comes behind the manifest. */
function add(folder: Folder, { key, modifiedAt }: StoredObject) {
  folder.keys.push(key)
  if (modifiedAt > folder.newest) folder.newest = modifiedAt
  if (key === manifestKey(folder.source, folder.backupId)) folder.committed = true
  if (key === tombstoneKey(folder.source, folder.backupId)) {
    folder.removing = true
    folder.committed = false
  }
}
