import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { asAppError } from '@resguardo/shared'
import { explainS3Error } from './errors.ts'

/** A bucket and the place in it that is ours. */
export interface Bucket {
  client: S3Client
  name: string
  /** Stands before every key: empty, or ends in `/`. */
  root: string
}

/** Runs a request; its error in our words, with the key. */
export async function ask<T>(bucket: Bucket, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explain(bucket, error, key)
  }
}

export const explain = ({ name, root }: Bucket, error: unknown, key: string) =>
  explainS3Error(error, `s3://${name}/${root}${key}`)

/** What HEAD says of the object, or of one version of it; undefined where there is none. */
export async function find(
  bucket: Bucket,
  key: string,
  VersionId?: string
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await ask(bucket, key, () =>
      bucket.client.send(
        new HeadObjectCommand({ Bucket: bucket.name, Key: bucket.root + key, VersionId })
      )
    )
  } catch (error) {
    if (asAppError(error).code === 'STORAGE_OBJECT_NOT_FOUND') return undefined
    throw error
  }
}
