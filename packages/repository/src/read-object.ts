import { AppError, asAppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'
import type { HashThread } from './hashing/hash-thread.ts'
import type { ManifestObject } from './manifest.ts'

/**
 * The stored bytes of an object, checked against the manifest while they pass: the iteration throws at the end unless size
 * and SHA-256 are right, so a reader that acts before the end must be ready to undo.
 * @throws OBJECT_MISSING, OBJECT_DAMAGED
 */
export async function* readVerified(
  storage: Storage,
  hashes: HashThread,
  storageKey: string,
  object: ManifestObject,
  signal?: AbortSignal
): AsyncGenerator<Uint8Array> {
  const stream = await storage.read(storageKey, signal ? { signal } : {}).catch(error => {
    throw missing(error, storageKey)
  })
  const hash = hashes.open()
  let bytes = 0
  let digest: string | undefined
  try {
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > object.bytes) break
      await hash.update(chunk)
      yield chunk
    }
    digest = await hash.digest()
  } finally {
    if (digest === undefined) hash.drop()
  }
  if (bytes !== object.bytes)
    throw damaged(
      storageKey,
      `it has ${bytes > object.bytes ? 'more' : bytes} bytes, the manifest says ${object.bytes}`
    )
  if (digest !== object.sha256)
    throw damaged(storageKey, 'its SHA-256 is not the one in the manifest')
}

/** Checks presence and size of every object below `prefix` by listing it, without reading any. @throws OBJECT_MISSING, OBJECT_DAMAGED */
export async function checkSizes(
  storage: Storage,
  prefix: string,
  objects: { key: string; bytes: number }[]
) {
  const found = new Map<string, number>()
  for await (const { key, bytes } of storage.list(prefix)) found.set(key, bytes)
  for (const { key, bytes } of objects) {
    const stored = found.get(prefix + key)
    if (stored === undefined)
      throw new AppError('OBJECT_MISSING', `${prefix}${key} is not in the repository`)
    if (stored !== bytes)
      throw damaged(prefix + key, `it has ${stored} bytes, the manifest says ${bytes}`)
  }
}

function missing(error: unknown, key: string) {
  if (asAppError(error).code !== 'STORAGE_OBJECT_NOT_FOUND') return error
  return new AppError('OBJECT_MISSING', `${key} is not in the repository`, { cause: error })
}

const damaged = (key: string, why: string) =>
  new AppError('OBJECT_DAMAGED', `${key} is damaged: ${why}`)
