import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2
} from '@aws-sdk/client-s3'
import { AppError, asAppError, type Code } from '@resguardo/shared'
import { checkKey, isKey } from '../key.ts'
import { cannotLock } from '../lock.ts'
import { probeStorage } from '../probe.ts'
import { probeSteps } from '../probe-steps.ts'
import type { OpenOptions } from '../registry.ts'
import type { ObjectLock, Storage, StoredObject, WriteOptions } from '../storage.ts'
import { untilAborted } from '../until-aborted.ts'
import * as requests from './bucket.ts'
import { createClients, type S3Settings } from './client.ts'
import { bucketFeatures } from './features.ts'
import { bucketLifecycle } from './lifecycle.ts'
import * as locks from './lock.ts'
import { partSize } from './parts.ts'
import { readBody } from './read-body.ts'
import { upload } from './upload.ts'
import { removeVersions } from './versions.ts'

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
  const place: requests.Bucket = { client, name: bucket, root: prefix }
  const storage: Storage = {
    features: { conditionalWrite: false, objectLock: false, versioned: false, ...features },
    lifecycle: bucketLifecycle(place),
    write,
    read,
    head,
    list,
    delete: remove,
    extendLock,
    removeUnfinished,
    async probe() {
      const steps = probeSteps()
      const found = await bucketFeatures(place, steps)
      const hopeful = openS3(settings, secret, { features: { ...found, conditionalWrite: true } })
      return probeStorage(hopeful, steps).finally(() => hopeful.close())
    },
    async close() {
      client.destroy()
      reader.destroy()
    }
  }
  return storage

  async function write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { estimateBytes = 0, ifAbsent = false, lock, storageClass, signal }: WriteOptions = {}
  ) {
    checkKey(key)
    if (lock) requireLocks()
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
        partLimit: settings.partLimit,
        ifNoneMatch: atomic,
        refuseExisting: ifAbsent ? refuseExisting : undefined,
        storage: {
          ...storageOptions(storageClass),
          ...locks.lockHeaders(lock),
          Metadata: { [WRITE_ID]: writeId }
        },
        md5: storage.features.objectLock,
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
    if (lock) await ensureLocked(stored, lock)
    return { bytes: sent.bytes }
  }

  /** Not every store heeds the lock of a multipart upload: Ceph 16 does not. */
  async function ensureLocked({ key, lockedUntil }: StoredObject, lock: ObjectLock) {
    if (lockedUntil && lockedUntil >= lock.until) return
    try {
      await locks.extendLock(place, key, lock)
    } catch (error) {
      await remove(key).catch(() => {})
      throw error
    }
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
    const stream = Readable.from(readBody(body, key, settings.requestTimeoutMs, signal), {
      objectMode: false,
      highWaterMark: 262_144
    })
    return stream.once('close', () => body.destroy())
  }

  async function head(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    const found = await find(key)
    if (!found) return requireBucket()
    const { ContentLength: bytes = 0, LastModified: modifiedAt = new Date(0) } = found
    const lockedUntil = locks.lockedUntil(found)
    return { key, bytes, modifiedAt, ...(lockedUntil ? { lockedUntil } : {}) }
  }

  function find(key: string) {
    return requests.find(place, key)
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
    if (storage.features.objectLock) return removeVersions(place, key)
    await ask(key, () =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + key }))
    )
  }

  async function extendLock(key: string, lock: ObjectLock) {
    checkKey(key)
    requireLocks()
    await locks.extendLock(place, key, lock)
  }

  function requireLocks() {
    if (!storage.features.objectLock) throw cannotLock(`s3://${bucket}`)
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

  /** STANDARD is what a store gives unasked, also one that knows no classes. */
  function storageOptions(storageClass = settings.storageClass) {
    return {
      ...(storageClass && storageClass !== 'STANDARD'
        ? { StorageClass: storageClass as never }
        : {}),
      ...(settings.sse ? { ServerSideEncryption: settings.sse as never } : {}),
      ...(settings.kmsKeyId ? { SSEKMSKeyId: settings.kmsKeyId } : {})
    }
  }

  function explain(error: unknown, key: string) {
    return requests.explain(place, error, key)
  }

  function ask<T>(key: string, work: () => Promise<T>): Promise<T> {
    return requests.ask(place, key, work)
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, sent: { bytes: number; ended: boolean }) {
  for await (const chunk of body) {
    sent.bytes += chunk.length
    yield chunk
  }
  sent.ended = true
}
