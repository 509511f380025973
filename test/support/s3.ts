import { randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  S3Client
} from '@aws-sdk/client-s3'
import type { Test } from 'tap'

/** An empty bucket on the test's S3, removed with all that is in it at the end of the test. */
export async function testBucket(t: Test) {
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
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  t.teardown(async () => {
    for (const { Key, UploadId } of await uploads())
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
    for (const Key of await keys())
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    await client.send(new DeleteBucketCommand({ Bucket: bucket }))
    client.destroy()
  })
  const settings = { endpoint, region: 'us-east-1', bucket, accessKeyId, pathStyle: true }
  return { settings, secret, client, bucket, keys, uploads }

  async function keys() {
    const found: string[] = []
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket }))
      for (const { Key } of page.Contents ?? []) found.push(Key!)
    return found
  }

  /** Multipart uploads that were begun and neither completed nor aborted. */
  async function uploads() {
    return (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
  }
}
