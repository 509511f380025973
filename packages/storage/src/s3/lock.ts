import { type HeadObjectCommandOutput, PutObjectRetentionCommand } from '@aws-sdk/client-s3'
import { AppError } from '@resguardo/shared'
import { isLocked, WITHOUT_END } from '../lock.ts'
import type { ObjectLock } from '../storage.ts'
import { ask, type Bucket, find } from './bucket.ts'

const modes = { governance: 'GOVERNANCE', compliance: 'COMPLIANCE' } as const

/** Of a put, or of the creation of a multipart upload. */
export const lockHeaders = (lock: ObjectLock | undefined) =>
  lock ? { ObjectLockMode: modes[lock.mode], ObjectLockRetainUntilDate: lock.until } : {}

/** The retention of what HEAD found, or without end under a legal hold. */
export const lockedUntil = (found: HeadObjectCommandOutput | undefined): Date | undefined =>
  found?.ObjectLockLegalHoldStatus === 'ON' ? WITHOUT_END : found?.ObjectLockRetainUntilDate

/** See Storage. A store may refuse to turn a governance lock that is not over into one of compliance. */
export async function extendLock(
  bucket: Bucket,
  key: string,
  { mode, until }: ObjectLock
): Promise<void> {
  const found = await find(bucket, key)
  if (!found) throw new AppError('STORAGE_OBJECT_NOT_FOUND', `${key} does not exist`)
  // Not lockedUntil: a legal hold may end before the retention would.
  const { ObjectLockRetainUntilDate: current, ObjectLockMode, VersionId } = found
  if (current && current >= until) return
  const Mode = ObjectLockMode === 'COMPLIANCE' && isLocked(current) ? ObjectLockMode : modes[mode]
  await ask(bucket, key, () =>
    bucket.client.send(
      new PutObjectRetentionCommand({
        Bucket: bucket.name,
        Key: bucket.root + key,
        VersionId,
        Retention: { Mode, RetainUntilDate: until }
      })
    )
  )
}
