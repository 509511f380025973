import {
  GetBucketVersioningCommand,
  GetObjectLegalHoldCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand
} from '@aws-sdk/client-s3'
import { asAppError } from '@resguardo/shared'
import type { ProbeSteps } from '../probe-steps.ts'
import type { StorageFeatures } from '../storage.ts'
import { ask, type Bucket } from './bucket.ts'

/** What the bucket says of itself; what may not be asked, or is not known to the store, counts as no. */
export async function bucketFeatures(
  bucket: Bucket,
  { optional }: ProbeSteps
): Promise<Omit<StorageFeatures, 'conditionalWrite'>> {
  const { client, name: Bucket } = bucket
  const features = { objectLock: false, versioned: false }
  await optional('versioning', async () => {
    const answer = await unlessMissing(() =>
      client.send(new GetBucketVersioningCommand({ Bucket }))
    )
    features.versioned = answer?.Status === 'Enabled'
    return features.versioned ? 'on' : 'off'
  })
  await optional('object lock', async () => {
    const answer = await unlessMissing(() =>
      client.send(new GetObjectLockConfigurationCommand({ Bucket }))
    )
    if (answer?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return 'off'
    // HEAD hides a lock from those who may not ask for it: to them a locked object looks free.
    const missing = { Bucket, Key: `${bucket.root}.probe/missing` }
    await unlessMissing(() => client.send(new GetObjectRetentionCommand(missing)))
    await unlessMissing(() => client.send(new GetObjectLegalHoldCommand(missing)))
    features.objectLock = true
    return 'on'
  })
  return features

  async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask(bucket, '', work)
    } catch (error) {
      if (asAppError(error).code === 'STORAGE_OBJECT_NOT_FOUND') return undefined
      throw error
    }
  }
}
