import { randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectLockConfigurationCommand,
  paginateListObjectsV2,
  S3Client
} from '@aws-sdk/client-s3'
import type { Test } from 'tap'

/**
 * An empty bucket on the test's S3, removed with all that is in it at the end of the test; one whose objects can be locked stays
 * where a compliance lock or a legal hold is not over, and goes with the S3.
 */
export async function testBucket(t: Test, { objectLock = false } = {}) {
  const {
    TEST_S3_ENDPOINT: endpoint,
    TEST_S3_ACCESS_KEY: accessKeyId,
    TEST_S3_SECRET_KEY: secret
  } = process.env
  if (!endpoint || !accessKeyId || !secret)
    throw new Error('TEST_S3_* is not set: run the tests through npm test')
  const bucket = `test-${randomBytes(6).toString('hex')}`
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey: secret },
    requestChecksumCalculation: 'WHEN_REQUIRED'
  })
  await client.send(
    new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: objectLock })
  )
  t.teardown(async () => {
    for (const { Key, UploadId } of await uploads())
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
    for (const { Key, VersionId } of await versions()) {
      const deleting = client.send(
        new DeleteObjectCommand({
          Bucket: bucket,
          Key,
          VersionId,
          BypassGovernanceRetention: objectLock
        })
      )
      await (objectLock ? deleting.catch(() => {}) : deleting)
    }
    const left = objectLock ? await versions() : []
    if (left.length === 0) await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    client.destroy()
  })
  const settings = { endpoint, region: 'us-east-1', bucket, accessKeyId, pathStyle: true }
  return { settings, secret, client, bucket, keys, versions, uploads, lockByDefault }

  async function keys() {
    const found: string[] = []
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket }))
      for (const { Key } of page.Contents ?? []) found.push(Key!)
    return found
  }

  /** Every version and delete marker; of a bucket without versions, its objects. */
  async function versions() {
    const found: { Key: string; VersionId: string }[] = []
    let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...next }))
      for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        found.push({ Key: Key!, VersionId: VersionId! })
      if (!page.IsTruncated) return found
      next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    }
  }

  /** From now on every object that is put without a lock of its own is locked for a day. */
  function lockByDefault() {
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const
    return client.send(
      new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration })
    )
  }

  /** Multipart uploads that were begun and neither completed nor aborted. */
  async function uploads() {
    return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
  }
}
