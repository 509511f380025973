import { randomBytes } from 'node:crypto'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink
} from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { AppError } from '@resguardo/shared'
import { checkKey, isKey } from '../key.ts'
import { cannotLock } from '../lock.ts'
import { probeStorage } from '../probe.ts'
import type { Storage, StoredObject } from '../storage.ts'
import { untilAborted } from '../until-aborted.ts'
import { explainFsError } from './errors.ts'

/** Holds what is being written; one flat folder, the key in the file's name. */
const UNFINISHED = '.unfinished'
/** Times a folder is made anew for an object. */
const PLACINGS = 100
const READ_AHEAD = 262_144

/**
 * Objects as files below a directory that must exist: a disk that is not mounted is an error, never an empty repository.
 * Written beside, fsynced, then linked or renamed into place, so that a key is whole or not there, also after a power cut.
 */
export function openLocal({ path: root }: { path: string }): Storage {
  const storage: Storage = {
    features: { conditionalWrite: true, objectLock: false, versioned: false },
    write,
    read,
    head,
    list,
    delete: remove,
    async extendLock() {
      throw cannotLock(root)
    },
    removeUnfinished,
    probe: () => probeStorage(storage),
    close: async () => {}
  }
  return storage

  async function write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    { ifAbsent = false, lock, signal }: Parameters<Storage['write']>[2] = {}
  ) {
    checkKey(key)
    if (lock) throw cannotLock(root)
    signal?.throwIfAborted()
    await requireRoot()
    const unfinished = join(
      root,
      UNFINISHED,
      `${encodeURIComponent(key)}~${randomBytes(8).toString('hex')}`
    )
    try {
      await fs(key, () => mkdir(dirname(unfinished), { recursive: true, mode: 0o700 }))
      const bytes = await fill(unfinished, key, body, signal)
      await fs(key, () => publish(unfinished, join(root, key), ifAbsent))
      const { size } = await fs(key, () => stat(join(root, key)))
      if (size !== bytes) {
        await rm(join(root, key), { force: true })
        throw new AppError('STORAGE_SIZE_MISMATCH', `${key}: sent ${bytes} bytes, stored ${size}`)
      }
      return { bytes }
    } finally {
      await rm(unfinished, { force: true }).catch(() => {})
    }
  }

  async function fill(
    path: string,
    key: string,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined
  ) {
    const file = await fs(key, () => open(path, 'wx', 0o600))
    let bytes = 0
    try {
      for await (const chunk of untilAborted(body, signal)) {
        await fs(key, () => writeAll(file, chunk))
        bytes += chunk.length
      }
      signal?.throwIfAborted()
      await fs(key, () => file.sync())
    } finally {
      await file.close().catch(() => {})
    }
    return bytes
  }

  async function publish(unfinished: string, final: string, ifAbsent: boolean) {
    const made = await place(unfinished, final, ifAbsent)
    await syncDirectory(dirname(final))
    // New folders are durable only when their own parents are.
    for (
      let dir = dirname(final);
      made && dir !== root && dir.length >= made.length;
      dir = dirname(dir)
    )
      await syncDirectory(dirname(dir))
  }

  /** Again where a delete beside it took the folder as an empty one; returns the first folder that was made. */
  async function place(unfinished: string, final: string, ifAbsent: boolean, attempt = 1) {
    try {
      const made = await mkdir(dirname(final), { recursive: true, mode: 0o700 })
      if (ifAbsent) await link(unfinished, final)
      else await rename(unfinished, final)
      return made
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === PLACINGS) throw error
      await stat(unfinished)
      return place(unfinished, final, ifAbsent, attempt + 1)
    }
  }

  async function read(key: string, { signal }: { signal?: AbortSignal } = {}): Promise<Readable> {
    checkKey(key)
    signal?.throwIfAborted()
    await requireRoot()
    const file = await fs(key, () =>
      open(join(root, key), 'r').catch(error => throwMissing(error, key))
    )
    if (!(await fs(key, () => file.stat())).isFile()) {
      await file.close()
      throw new AppError('STORAGE_OBJECT_NOT_FOUND', `${key} does not exist`)
    }
    const source = file.createReadStream({ highWaterMark: READ_AHEAD })
    const stream = Readable.from(explained(untilAborted(source, signal), key), {
      objectMode: false,
      highWaterMark: READ_AHEAD
    })
    return stream.once('close', () => source.destroy())
  }

  async function* explained(body: AsyncIterable<Uint8Array>, key: string) {
    try {
      yield* body
    } catch (error) {
      throw explainFsError(error, key)
    }
  }

  async function head(key: string): Promise<StoredObject | undefined> {
    checkKey(key)
    await requireRoot()
    try {
      const { size, mtime, isFile } = await stat(join(root, key)).then(s => ({
        size: s.size,
        mtime: s.mtime,
        isFile: s.isFile()
      }))
      return isFile ? { key, bytes: size, modifiedAt: mtime } : undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw explainFsError(error, key)
    }
  }

  async function* list(prefix: string): AsyncGenerator<StoredObject> {
    await requireRoot()
    yield* walk(root, prefix)
  }

  /** Depth first in key order: a folder sorts as if its name ended in `/`. */
  async function* walk(dir: string, prefix: string): AsyncGenerator<StoredObject> {
    const entries = await fs(prefix, () =>
      readdir(dir, { withFileTypes: true }).catch(error =>
        isMissing(error) && dir !== root ? [] : Promise.reject(error)
      )
    )
    const named = entries
      .map(entry => ({ entry, path: relative(root, join(dir, entry.name)) }))
      .filter(({ path }) => isKey(path)) // others' files, such as lost+found, are no objects
      .map(({ entry, path }) => ({ entry, key: path + (entry.isDirectory() ? '/' : '') }))
    for (const { entry, key } of named.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      if (key === `${UNFINISHED}/`) continue
      if (entry.isDirectory()) {
        if (key.startsWith(prefix) || prefix.startsWith(key))
          yield* walk(join(dir, entry.name), prefix)
      } else if (entry.isFile() && key.startsWith(prefix)) {
        const object = await head(key)
        if (object) yield object
      }
    }
  }

  async function remove(key: string) {
    checkKey(key)
    await requireRoot()
    const path = join(root, key)
    await fs(key, () =>
      unlink(path).catch(error => (isMissing(error) ? undefined : Promise.reject(error)))
    )
    for (let dir = dirname(path); dir !== root; dir = dirname(dir)) {
      if (
        !(await rmdir(dir).then(
          () => true,
          () => false
        ))
      )
        break
    }
  }

  async function removeUnfinished(prefix: string, before: Date) {
    await requireRoot()
    const dir = join(root, UNFINISHED)
    const names = await fs(prefix, () =>
      readdir(dir).catch(error => (isMissing(error) ? [] : Promise.reject(error)))
    )
    let removed = 0
    for (const name of names) {
      if (!name.startsWith(encodeURIComponent(prefix))) continue
      const { mtime } = await stat(join(dir, name)).catch(() => ({ mtime: undefined }))
      if (!mtime || mtime > before) continue
      await fs(prefix, () => rm(join(dir, name), { force: true }))
      removed++
    }
    return removed
  }

  async function requireRoot() {
    const found = await stat(root).catch(error => error as NodeJS.ErrnoException)
    if (found instanceof Error && !isMissing(found)) throw explainFsError(found, root)
    if (found instanceof Error || !found.isDirectory()) {
      throw new AppError(
        'STORAGE_BUCKET_MISSING',
        `The repository's directory ${root} does not exist`,
        { hint: 'Create or mount it on the worker.' }
      )
    }
  }
}

const isMissing = (error: unknown) =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

function throwMissing(error: unknown, key: string): never {
  if (isMissing(error))
    throw new AppError('STORAGE_OBJECT_NOT_FOUND', `${key} does not exist`, { cause: error })
  throw error
}

async function fs<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explainFsError(error, key)
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array) {
  for (let offset = 0; offset < chunk.length; )
    offset += (await file.write(chunk, offset)).bytesWritten
}

async function syncDirectory(dir: string) {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
