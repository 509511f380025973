import { AppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'

/** Manifests and the like: more than this is not one of ours. */
const LIMIT = 64 * 1_048_576

/** All bytes of a small object. @throws STORAGE_OBJECT_NOT_FOUND, MANIFEST_INVALID where it is far too large */
export async function readSmall(storage: Storage, key: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of await storage.read(key)) {
    bytes += chunk.length
    if (bytes > LIMIT)
      throw new AppError('MANIFEST_INVALID', `${key} is larger than ${LIMIT} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
