import type { Readable } from 'node:stream'

export interface StoredObject {
  key: string
  bytes: number
  modifiedAt: Date
  /** Of `head` only: before this nobody may delete it; perhaps past. WITHOUT_END under a legal hold. */
  lockedUntil?: Date
}

/** Nobody may delete before `until`: under `governance` but a privileged identity, which this program never is; under `compliance` nobody at all. */
export interface ObjectLock {
  mode: 'governance' | 'compliance'
  until: Date
}

export interface WriteOptions {
  /** Upper estimate of the size in bytes; sizes the parts of a multipart upload. */
  estimateBytes?: number
  /** Refuse with STORAGE_OBJECT_EXISTS if the key is taken. Atomic where `features.conditionalWrite` says so. */
  ifAbsent?: boolean
  /** It is locked when `write` resolves. @throws VALIDATION_FAILED where `features.objectLock` is false */
  lock?: ObjectLock | undefined
  /** Instead of the storage's own; ignored where there are no classes. */
  storageClass?: string | undefined
  signal?: AbortSignal
}

export interface StorageFeatures {
  /** `ifAbsent` is atomic, not check-then-write; on some S3 stores only for bodies of up to one part. */
  conditionalWrite: boolean
  /** Objects can be locked, and `delete` removes every version. */
  objectLock: boolean
  /** Overwritten and deleted objects stay as old versions; without `objectLock` it is the bucket's lifecycle that clears them. */
  versioned: boolean
}

/** One rule of a bucket's lifecycle. */
export interface LifecycleRule {
  id: string
  /** Of the bucket's keys: what stands before the storage's own keys is `root`. */
  prefix: string
  enabled: boolean
  /** In the order of days. */
  transitions: { days: number; class: string }[]
  expireDays?: number
  expireNoncurrentDays?: number
  abortUploadsDays?: number
  /** The rule uses more than is told here: tags, sizes, dates … */
  other?: true
}

export interface Lifecycle {
  /** What stands before every key of the storage in its bucket: empty, or ends in `/`. */
  root: string

  /** All rules of the bucket, ours or not. */
  get(): Promise<LifecycleRule[]>

  /**
   * Replaces our rules, those below `root` whose id begins with `resguardo-`, by these; every other rule stays byte for byte.
   * @throws VALIDATION_FAILED where one of these would not be ours
   */
  put(rules: LifecycleRule[]): Promise<void>
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
  /** Where the store can move and expire objects by itself. */
  readonly lifecycle?: Lifecycle

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

  /** Removes the object; a missing one is no error. @throws STORAGE_LOCKED, and then nothing of it is gone */
  delete(key: string): Promise<void>

  /**
   * Locks the object at least as long; a lock that ends later stays as it is, and so does the mode of a compliance lock.
   * @throws STORAGE_OBJECT_NOT_FOUND, VALIDATION_FAILED where `features.objectLock` is false
   */
  extendLock(key: string, lock: ObjectLock): Promise<void>

  /** Removes what interrupted writes below `prefix` left (temporary files, multipart uploads) begun before `before`; returns how many. */
  removeUnfinished(prefix: string, before: Date): Promise<number>

  /** Tries put, head, read, list, conditional put, a broken write and delete below `.probe/`, and leaves nothing. */
  probe(): Promise<Probe>

  close(): Promise<void>
}
