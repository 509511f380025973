import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2
} from '@aws-sdk/client-s3'
import { AppError, asAppError } from '@resguardo/shared'
import { checkKey } from '../key.ts'
import { probeStorage } from '../probe.ts'
import type { OpenOptions } from '../registry.ts'
import type { Storage, StoredObject } from '../storage.ts'
import { createClient, type S3Settings } from './client.ts'
import { explainS3Error } from './errors.ts'
import { partSize } from './parts.ts'
import { upload } from './upload.ts'

/** Objects of an S3 bucket, below a prefix. */
export function openS3(
  settings: S3Settings,
  secret: string | undefined,
  { features }: OpenOptions = {}
): Storage {
  const { bucket } = settings
  const client = createClient(settings, secret)
  const prefix = settings.prefix ? `${settings.prefix}/` : ''
  const storage: Storage = {
    features: { conditionalWrite: features?.conditionalWrite ?? false },
    write,
    read,
    head,
    list,
    delete: remove,
    removeUnfinished,
    probe: () => probeStorage(openS3(settings, secret, { features: { conditionalWrite: true } })),
    close: async () => client.destroy()
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
    if (ifAbsent && !atomic && (await head(key)))
      throw new AppError('STORAGE_OBJECT_EXISTS', `${key} exists`)
    const sent = { bytes: 0, ended: false }
    try {
      await upload(counted(body, sent), {
        client,
        bucket,
        key: prefix + key,
        partBytes: partSize(estimateBytes, settings.partLimit),
        partLimit: settings.partLimit,
        ifNoneMatch: atomic,
        storage: storageOptions,
        signal,
        explain: error => explain(error, key)
      })
    } catch (error) {
      // The answer to the last request may be lost though the store acted on it: only the stored size tells.
      const lost =
        sent.ended &&
        ['STORAGE_UNREACHABLE', 'STORAGE_OBJECT_NOT_FOUND'].includes(asAppError(error).code)
      if (!lost || signal?.aborted) throw error
      const found = await head(key).catch(() => undefined)
      if (found?.bytes !== sent.bytes || Date.now() - found.modifiedAt.getTime() > 600_000)
        throw error
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
    const { Body } = await ask(key, () =>
      client.send(
        new GetObjectCommand({ Bucket: bucket, Key: prefix + key }),
        signal ? { abortSignal: signal } : {}
      )
    )
    return Readable.from(chunks(Body as Readable, key, signal), {
      objectMode: false,
      highWaterMark: 262_144
    })
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
    try {
      const { ContentLength, LastModified } = await client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: prefix + key })
      )
      return { key, bytes: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) }
    } catch (error) {
      const explained = explain(error, key)
      if (explained.code === 'STORAGE_OBJECT_NOT_FOUND') return undefined
      throw explained
    }
  }

  async function* list(start: string): AsyncGenerator<StoredObject> {
    try {
      for await (const page of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix + start }
      )) {
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          yield {
            key: Key!.slice(prefix.length),
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
