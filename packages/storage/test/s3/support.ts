import type { Test } from 'tap'
import { testBucket } from '../../../../test/support/s3.ts'
import { type OpenOptions, storages } from '../../src/index.ts'

/** A storage in an empty bucket; `change` replaces some of its settings. */
export async function bucketStorage(
  t: Test,
  change: Record<string, unknown> = {},
  options: OpenOptions = { features: { conditionalWrite: true } }
) {
  const bucket = await testBucket(t)
  return { ...bucket, ...openBucket(t, bucket, change, options) }
}

/** A storage in an empty bucket whose objects can be locked; with versions, this S3 takes no heed of If-None-Match. */
export async function lockingStorage(t: Test, change: Record<string, unknown> = {}) {
  const bucket = await testBucket(t, { objectLock: true })
  const features = { conditionalWrite: false, objectLock: true, versioned: true }
  return { ...bucket, ...openBucket(t, bucket, change, { features }) }
}

/** One more storage in a bucket. */
export function openBucket(
  t: Test,
  bucket: Pick<Awaited<ReturnType<typeof testBucket>>, 'settings' | 'secret'>,
  change: Record<string, unknown> = {},
  options: OpenOptions = { features: { conditionalWrite: true } }
) {
  const storage = storages.s3.open({ ...bucket.settings, ...change }, bucket.secret, options)
  t.teardown(() => storage.close())
  return { storage }
}
