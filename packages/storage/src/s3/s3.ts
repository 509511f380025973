import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2
} from '@aws-sdk/client-s3'
import { AppError, asAppError, type Code } from '@resguardo/shared'
import { checkKey, isKey } from '../key.ts'
import { probeStorage } from '../probe.ts'
import type { OpenOptions } from '../registry.ts'
import type { Storage, StoredObject } from '../storage.ts'
import { untilAborted } from '../until-aborted.ts'
import { createClients, type S3Settings } from './client.ts'
import { explainS3Error } from './errors.ts'
import { partSize, partsInFlight } from './parts.ts'
import { upload } from './upload.ts'

/** Metadata that tells one write's object from another's. */
const WRITE_ID = 'resguardo-write'
/** Errors that the store's second answer to a request gives where its first was lost. */
const maybeKept: Code[] = [
  'STORAGE_UNREACHABLE',
  'STORAGE_OBJECT_NOT_FOUND',
  'STORAGE_OBJECT_EXISTS'
]

/** Objects of an S3 bucket, below a prefix. */
export function openS3(
  settings: S3Settings,
  secret: string | undefined,
  { features }: OpenOptions = {}
): Storage {
  const { bucket } = settings
  const { client, reader } = createClients(settings, secret)
  const prefix = settings.prefix ? `${settings.prefix}/` : ''
  const storage: Storage = {
    features: { conditionalWrite: features?.conditionalWrite ?? false },
    write,
    read,
    head,
    list,
    delete: remove,
    removeUnfinished,
    async probe() {
      const hopeful = openS3(settings, secret, { features: { conditionalWrite: true } })
      return probeStorage(hopeful).finally(() => hopeful.close())
    },
    async close() {
      client.destroy()
      reader.destroy()
    }
  }
  const storageOptions = {
    ...(settings.storageClass ? { StorageClass: settings.storageClass as never } : {}),
    ...(settings.sse ? { ServerSideEncryption: settings.sse as never } : {}),
    ...(settings.kmsKeyId ? { SSEKMSKeyId: settings.kmsKeyId } : {})
  }
  return storage

  async function write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { estimateBytes = 0, ifAbsent = false, signal }: Parameters<Storage['write']>[2] = {}
  ) {
    checkKey(key)
    signal?.throwIfAborted()
    const atomic = ifAbsent && storage.features.conditionalWrite
    const refuseExisting = async () => {
      if (await find(key)) throw new AppError('STORAGE_OBJECT_EXISTS', `${key} exists`)
    }
    if (ifAbsent && !atomic) await refuseExisting()
    const sent = { bytes: 0, ended: false }
    const writeId = randomUUID()
    try {
      await upload(counted(untilAborted(body, signal), sent), {
        client,
        bucket,
        key: prefix + key,
        partBytes: partSize(estimateBytes, settings.partLimit),
        inFlight: partsInFlight(estimateBytes),
        partLimit: settings.partLimit,
        ifNoneMatch: atomic,
        refuseExisting: ifAbsent ? refuseExisting : undefined,
        storage: { ...storageOptions, Metadata: { [WRITE_ID]: writeId } },
        signal,
        explain: error => explain(error, key)
      })
    } catch (error) {
      // The answer to the last request may be lost though the store acted on it: only the stored object tells.
      const lost = sent.ended && maybeKept.includes(asAppError(error).code)
      if (!lost || signal?.aborted) throw error
      const found = await find(key).catch(() => undefined)
      if (found?.Metadata?.[WRITE_ID] !== writeId) throw error
    }
    const stored = await head(key)
    if (stored?.bytes !== sent.bytes) {
      await remove(key).catch(() => {})
      throw new AppError(
        'STORAGE_SIZE_MISMATCH',
        `${key}: sent ${sent.bytes} bytes, stored ${stored?.bytes ?? 'nothing'}`
      )
    }
    return { bytes: sent.bytes }
  }

  async function read(key: string, { signal }: { signal?: AbortSignal } = {}): Promise<Readable> {
    checkKey(key)
    signal?.throwIfAborted()
    const { Body } = await ask(key, () =>
      reader.send(
        new GetObjectCommand({ Bucket: bucket, Key: prefix + key }),
        signal ? { abortSignal: signal } : {}
      )
    ).catch(error => {
      signal?.throwIfAborted()
      throw error
    })
    const body = Body as Readable
    const stream = Readable.from(chunks(body, key, signal), {
      objectMode: false,
      highWaterMark: 262_144
    })
    return stream.once('close', () => body.destroy())
  }

  /** The body with an idle limit, its errors in our words. */
  async function* chunks(body: Readable, key: string, signal: AbortSignal | undefined) {
    const idle = () =>
      body.destroy(
        new AppError('STORAGE_UNREACHABLE', `${key}: no byte for ${settings.requestTimeoutMs} ms`)
      )
    const stop = () => body.destroy(signal!.reason)
    signal?.addEventListener('abort', stop, { once: true })
    let timer = setTimeout(idle, settings.requestTimeoutMs)
    try {
      for await (const chunk of body) {
        clearTimeout(timer)
        yield chunk
        timer = setTimeout(idle, settings.requestTimeoutMs)
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof AppError
        ? error
        : new AppError(
            'STORAGE_UNREACHABLE',
            `${key}: the connection broke: ${(error as Error).message}`,
            { cause: error }
          )
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      body.destroy()
    }
  }

  async function head(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    const found = await find(key)
    if (!found) return requireBucket()
    return { key, bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) }
  }

  async function find(key: string) {
    try {
      return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + key }))
    } catch (error) {
      const explained = explain(error, key)
      if (explained.code === 'STORAGE_OBJECT_NOT_FOUND') return undefined
      throw explained
    }
  }

  /** The answer to HEAD has no body that would tell a missing bucket from a missing object. */
  async function requireBucket(): Promise<undefined> {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }))
    } catch (error) {
      const explained = explain(error, '')
      if (explained.code === 'STORAGE_DENIED') return // an identity that may only use the objects
      if (explained.code !== 'STORAGE_OBJECT_NOT_FOUND') throw explained
      throw new AppError('STORAGE_BUCKET_MISSING', `s3://${bucket} does not exist`, {
        cause: error
      })
    }
  }

  async function* list(start: string): AsyncGenerator<StoredObject> {
    try {
      for await (const page of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix + start }
      )) {
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          const key = Key!.slice(prefix.length)
          if (!isKey(key)) continue // others' objects, such as a console's folder markers
          yield {
            key,
            bytes: Size ?? 0,
            modifiedAt: LastModified ?? new Date(0)
          }
        }
      }
    } catch (error) {
      throw explain(error, start)
    }
  }

  async function remove(key: string) {
    checkKey(key)
    await ask(key, () =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }))
    )
  }

  async function removeUnfinished(start: string, before: Date): Promise<number> {
    let removed = 0
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (;;) {
      const page = await ask(start, () =>
        client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix + start, ...marker })
        )
      )
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Initiated && Initiated > before) continue
        await ask(start, () =>
          client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
        )
        removed++
      }
      if (!page.IsTruncated || !page.NextKeyMarker) return removed
      marker = {
        KeyMarker: page.NextKeyMarker,
        ...(page.NextUploadIdMarker ? { UploadIdMarker: page.NextUploadIdMarker } : {})
      }
    }
  }

  function explain(error: unknown, key: string) {
    return explainS3Error(error, `s3://${bucket}/${prefix}${key}`)
  }

  async function ask<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw explain(error, key)
    }
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, sent: { bytes: number; ended: boolean }) {
  for await (const chunk of body) {
    sent.bytes += chunk.length
    yield chunk
  }
  sent.ended = true
}
