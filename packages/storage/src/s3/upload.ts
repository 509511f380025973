import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand
} from '@aws-sdk/client-s3'
import { AppError } from '@resguardo/shared'
import { cutIntoParts } from './parts.ts'

/** Parts on their way at once, beside the one that is being filled. */
const IN_FLIGHT = 2

export interface Upload {
  client: S3Client
  bucket: string
  key: string
  partBytes: number
  partLimit: number
  /** Refuse an existing object (If-None-Match). */
  ifNoneMatch: boolean
  /** Asked before a multipart upload begins and before it is completed: not every store heeds If-None-Match there. */
  refuseExisting: (() => Promise<void>) | undefined
  storage: Pick<
    PutObjectCommandInput,
    | 'StorageClass'
    | 'ServerSideEncryption'
    | 'SSEKMSKeyId'
    | 'Metadata'
    | 'ObjectLockMode'
    | 'ObjectLockRetainUntilDate'
  >
  /** Send the MD5 of every body: S3 demands a checksum where objects are locked, and this is the one that every store knows. */
  md5: boolean
  signal: AbortSignal | undefined
  /** Turns an error of the store into ours; errors of the body pass untouched. */
  explain: (error: unknown) => AppError
}

/**
 * One PutObject for a body of up to one part, a multipart upload otherwise; returns the bytes sent. Not lib-storage: its
 * abort is sent only when the source yields again, and it keeps more parts in memory.
 * When anything fails the multipart upload is aborted before the error is thrown.
 */
export async function upload(body: AsyncIterable<Uint8Array>, options: Upload): Promise<number> {
  const { client, bucket, key, storage, signal, explain } = options
  const target = { Bucket: bucket, Key: key }
  const condition = options.ifNoneMatch ? { IfNoneMatch: '*' } : {}
  const checksum = (bytes: Buffer) => (options.md5 ? { ContentMD5: md5(bytes) } : {})
  const { parts, release } = cutIntoParts(body, options.partBytes)
  const sends = new Set<Promise<void>>()
  const completed: CompletedPart[] = []
  let failure: { error: unknown } | undefined
  let uploadId: string | undefined
  let bytes = 0
  let partNumber = 0
  try {
    for await (const part of parts) {
      signal?.throwIfAborted()
      bytes += part.bytes.length
      if (part.last && partNumber === 0) {
        await ask(() =>
          client.send(
            new PutObjectCommand({
              ...target,
              ...storage,
              ...condition,
              ...checksum(part.bytes),
              Body: part.bytes,
              ContentLength: bytes
            })
          )
        )
        return bytes
      }
      if (part.bytes.length === 0) break
      if (!uploadId) await options.refuseExisting?.()
      uploadId ??= (
        await ask(() => client.send(new CreateMultipartUploadCommand({ ...target, ...storage })))
      ).UploadId
      if (++partNumber > options.partLimit) {
        throw new AppError(
          'STORAGE_FAILED',
          `${key}: more than ${options.partLimit} parts; the size estimate was too low`
        )
      }
      const send = sendPart(part, partNumber).finally(() => sends.delete(send))
      send.catch(error => {
        failure ??= { error }
      })
      sends.add(send)
      while (sends.size >= IN_FLIGHT) await Promise.race(sends)
      if (failure) throw failure.error
    }
    await Promise.all(sends)
    signal?.throwIfAborted()
    await options.refuseExisting?.()
    const Parts = completed.sort((a, b) => a.PartNumber! - b.PartNumber!)
    await ask(() =>
      client.send(
        new CompleteMultipartUploadCommand({
          ...target,
          ...condition,
          UploadId: uploadId,
          MultipartUpload: { Parts }
        })
      )
    )
    return bytes
  } catch (error) {
    await Promise.allSettled(sends)
    if (uploadId) await abort(uploadId)
    throw error
  }

  async function sendPart(part: { buffer: Buffer; bytes: Buffer }, number: number) {
    const { ETag } = await ask(() =>
      client.send(
        new UploadPartCommand({
          ...target,
          UploadId: uploadId,
          PartNumber: number,
          ...checksum(part.bytes),
          Body: part.bytes,
          ContentLength: part.bytes.length
        })
      )
    )
    completed.push({ ETag, PartNumber: number })
    release(part.buffer)
  }

  /** Not under the caller's signal: an abort must reach the store. */
  async function abort(UploadId: string) {
    const command = () => client.send(new AbortMultipartUploadCommand({ ...target, UploadId }))
    await command().catch(() => command().catch(() => {})) // what stays is found by removeUnfinished
  }

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw explain(error)
    }
  }
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('base64')
