import type { Readable } from 'node:stream'

export interface StoredObject {
  key: string
  bytes: number
  modifiedAt: Date
}

export interface WriteOptions {
  /** Upper estimate of the size in bytes; sizes the parts of a multipart upload. */
  estimateBytes?: number
  /** Refuse with STORAGE_OBJECT_EXISTS if the key is taken. Atomic where `features.conditionalWrite` says so. */
  ifAbsent?: boolean
  signal?: AbortSignal
}

export interface StorageFeatures {
  /** `ifAbsent` is atomic, not check-then-write; on some S3 stores only for bodies of up to one part. */
  conditionalWrite: boolean
}

export interface Probe {
  /** One line a step: what was tried and how it ended. */
  steps: { name: string; ok: boolean; ms: number; detail?: string }[]
  features: StorageFeatures
}

/**
 * Dumb objects under keys. Keys are relative paths of `[A-Za-z0-9._-]` segments joined by `/`, never `.` or `..`
 * (STORAGE_KEY_INVALID). Every method throws AppError with a STORAGE_* code and nothing else, except that an error of
 * the caller's own source stream, or the reason of its abort signal, is thrown on as it is.
 */
export interface Storage {
  readonly features: StorageFeatures

  /**
   * Stores all of `body` under `key`, visible whole or not at all. Resolves only when the bytes are durable and the stored
   * size was read back and equals what was sent. If `body` throws, or the signal aborts, nothing stays: no object, no
   * temporary file, no multipart upload. Memory is bounded whatever the size.
   */
  write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: WriteOptions
  ): Promise<{ bytes: number }>

  /** The object's bytes. @throws STORAGE_OBJECT_NOT_FOUND before the first byte */
  read(key: string, options?: { signal?: AbortSignal }): Promise<Readable>

  /** Size and time, or undefined where there is no such object. Never undefined because the store could not be asked. */
  head(key: string): Promise<StoredObject | undefined>

  /** All objects whose key begins with `prefix`, in key order. An error is thrown, never an empty or short list. */
  list(prefix: string): AsyncIterable<StoredObject>

  /** Removes the object; a missing one is no error. */
  delete(key: string): Promise<void>

  /** Removes what interrupted writes below `prefix` left (temporary files, multipart uploads) begun before `before`; returns how many. */
  removeUnfinished(prefix: string, before: Date): Promise<number>

  /** Tries put, head, read, list, conditional put, a broken write and delete below `.probe/`, and leaves nothing. */
  probe(): Promise<Probe>

  close(): Promise<void>
}
