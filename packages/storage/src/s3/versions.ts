import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { isLocked, storageLocked } from '../lock.ts'
import { ask, type Bucket, find } from './bucket.ts'
import { lockedUntil } from './lock.ts'

interface Version {
  id: string
  latest: boolean
  marker: boolean
}

/**
 * Deletes every version and delete marker of a key: a plain DELETE would hide them and free nothing. The visible one goes
 * last, so that an older one never shows up. Locks are never bypassed.
 * @throws STORAGE_LOCKED before anything is deleted
 */
export async function removeVersions(bucket: Bucket, key: string): Promise<void> {
  const versions = await versionsOf(bucket, key)
  const until = await lastLock(bucket, key, versions)
  if (until) throw storageLocked(key, until)
  for (const { id } of versions.sort((a, b) => Number(a.latest) - Number(b.latest)))
    await ask(bucket, key, () =>
      bucket.client.send(
        new DeleteObjectCommand({ Bucket: bucket.name, Key: bucket.root + key, VersionId: id })
      )
    )
}

/** When the last lock ends that protects one of these now. */
async function lastLock(bucket: Bucket, key: string, versions: Version[]) {
  let last: Date | undefined
  for (const { id, marker } of versions) {
    if (marker) continue
    const until = lockedUntil(await find(bucket, key, id))
    if (isLocked(until) && until > (last ?? 0)) last = until
  }
  return last
}

async function versionsOf(bucket: Bucket, key: string): Promise<Version[]> {
  const Key = bucket.root + key
  const found: Version[] = []
  let next: { KeyMarker?: string; VersionIdMarker?: string } = {}
  for (;;) {
    const page = await ask(bucket, key, () =>
      bucket.client.send(
        new ListObjectVersionsCommand({ Bucket: bucket.name, Prefix: Key, ...next })
      )
    )
    const { Versions = [], DeleteMarkers = [], NextKeyMarker, NextVersionIdMarker } = page
    for (const [list, marker] of [
      [Versions, false],
      [DeleteMarkers, true]
    ] as const)
      for (const version of list)
        if (version.Key === Key)
          found.push({ id: version.VersionId!, latest: version.IsLatest ?? false, marker })
    // In key order: behind the key itself come only longer ones.
    if (!page.IsTruncated || NextKeyMarker !== Key) return found
    next = {
      KeyMarker: Key,
      ...(NextVersionIdMarker ? { VersionIdMarker: NextVersionIdMarker } : {})
    }
  }
}
