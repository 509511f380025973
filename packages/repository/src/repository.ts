import { runPipeline, type Stage, StageError } from '@resguardo/processes'
import { AppError, asAppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'
import { zstdDecompressStage } from './compression/zstd.ts'
import { ageDecryptStage, explainAge, requireIdentity } from './encryption/age.ts'
import type { HashThread } from './hashing/hash-thread.ts'
import { readIdentityFile } from './identity-file.ts'
import {
  backupPrefix,
  manifestKey,
  parseBackupKey,
  parseManifestKey,
  signatureKey
} from './layout.ts'
import { type Manifest, type ManifestObject, parseManifest, serialiseManifest } from './manifest.ts'
import { checkSizes, readVerified } from './read-object.ts'
import { readSmall } from './read-small.ts'
import { signBytes, verifyBytes } from './signature.ts'
import { type WriteObject, writeObject } from './write-object.ts'

export interface RepositoryOptions {
  storage: Storage
  hashes: HashThread
  /** From the catalog; checked against resguardo.json. */
  repositoryId: string
  recipients: string[]
  /** Public keys whose signatures are believed. */
  signers: string[]
  signingKey?: string | undefined
  identityFile?: string | undefined
  stallAfterMs: number
}

/**
 * The objects of backups on one storage.
 * @throws REPOSITORY_MISMATCH where another repository lives at this place
 */
export async function openRepository(options: RepositoryOptions) {
  const {
    storage,
    hashes,
    repositoryId,
    recipients,
    signers,
    signingKey,
    identityFile,
    stallAfterMs
  } = options
  const identity = await readIdentityFile(storage)
  if (identity.repositoryId !== repositoryId) {
    throw new AppError(
      'REPOSITORY_MISMATCH',
      `Expected repository ${repositoryId}, found ${identity.repositoryId}`
    )
  }
  return {
    repositoryId,
    recipients,
    write,
    store,
    commit,
    readManifest,
    checkObjects,
    read,
    openingStages,
    open,
    isCommitted,
    discard,
    manifests,
    tidy
  }

  /** Stores one object of a backup that is being made. */
  function write(
    source: string,
    backupId: string,
    object: Omit<WriteObject, 'storageKey' | 'recipients' | 'stallAfterMs'>
  ): Promise<ManifestObject> {
    const storageKey = backupPrefix(source, backupId) + object.key
    return writeObject(storage, hashes, { ...object, storageKey, recipients, stallAfterMs })
  }

  /** Stores an object of a backup that is copied here: bytes that are encrypted already. @throws what `bytes` throws; STORAGE_* */
  async function store(
    source: string,
    backupId: string,
    object: ManifestObject,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal
  ): Promise<void> {
    const key = backupPrefix(source, backupId) + object.key
    await storage.write(key, bytes, { estimateBytes: object.bytes, ifAbsent: true, signal })
  }

  /**
   * Makes a backup exist: signature first, the manifest last. Sizes are asked of the store once more.
   * @throws OBJECT_MISSING, OBJECT_DAMAGED; STORAGE_OBJECT_EXISTS where it was committed before
   */
  async function commit(manifest: Manifest): Promise<void> {
    if (!signingKey)
      throw new AppError('CONFIG_INVALID', 'This worker has no signing key', {
        hint: 'Set RESGUARDO_SIGNING_KEY_FILE.'
      })
    const bytes = serialiseManifest(manifest)
    parseManifest(bytes, 'the manifest to be written')
    await checkObjects(manifest)
    const { source, id } = manifest
    await writeOnce(signatureKey(source.name, id), signBytes(bytes, signingKey))
    await writeOnce(manifestKey(source.name, id), bytes)
  }

  /** An object that is already there with these very bytes is ours: the answer to the first request was lost. */
  async function writeOnce(key: string, bytes: Buffer) {
    try {
      await storage.write(key, once(bytes), { ifAbsent: true })
    } catch (error) {
      if (asAppError(error).code !== 'STORAGE_OBJECT_EXISTS') throw error
      if (!(await readSmall(storage, key)).equals(bytes)) throw error
    }
  }

  /** @throws MANIFEST_MISSING, MANIFEST_SIGNATURE_INVALID, MANIFEST_INVALID, REPOSITORY_FORMAT_NEWER */
  async function readManifest(source: string, backupId: string): Promise<Manifest> {
    const key = manifestKey(source, backupId)
    const bytes = await readOr('MANIFEST_MISSING', key)
    const signature = await readOr('MANIFEST_SIGNATURE_INVALID', signatureKey(source, backupId))
    if (!verifyBytes(bytes, signature, signers)) {
      throw new AppError('MANIFEST_SIGNATURE_INVALID', `${key}: no known key made its signature`)
    }
    const manifest = parseManifest(bytes, key)
    // A whole folder copied over another would carry a valid signature.
    if (
      manifest.id !== backupId ||
      manifest.source.name !== source ||
      manifest.repositoryId !== repositoryId
    ) {
      throw new AppError(
        'MANIFEST_INVALID',
        `${key} describes ${manifest.source.name}/${manifest.id} of repository ${manifest.repositoryId}`
      )
    }
    return manifest
  }

  async function readOr(code: 'MANIFEST_MISSING' | 'MANIFEST_SIGNATURE_INVALID', key: string) {
    try {
      return await readSmall(storage, key)
    } catch (error) {
      if (asAppError(error).code !== 'STORAGE_OBJECT_NOT_FOUND') throw error
      throw new AppError(code, `${key} is not in the repository`, { cause: error })
    }
  }

  /** Presence and size of every object. */
  function checkObjects({ source, id, objects }: Manifest): Promise<void> {
    return checkSizes(storage, backupPrefix(source.name, id), objects)
  }

  /** Stored bytes of an object, verified as they pass; see readVerified. */
  function read({ source, id }: Manifest, object: ManifestObject, signal?: AbortSignal) {
    return readVerified(storage, hashes, backupPrefix(source.name, id) + object.key, object, signal)
  }

  /** Stages that turn stored bytes into plain ones. @throws IDENTITY_MISSING */
  async function openingStages(): Promise<Stage[]> {
    return [ageDecryptStage(await requireIdentity(identityFile)), zstdDecompressStage()]
  }

  /** Decrypts and decompresses stored bytes to nowhere; how many plain bytes they are. @throws OBJECT_DAMAGED, IDENTITY_* */
  async function open(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    let plain = 0
    try {
      for await (const chunk of runPipeline(await openingStages(), { signal, input: bytes }))
        plain += chunk.length
    } catch (error) {
      signal.throwIfAborted()
      // Killed (memory, an operator) says nothing about the bytes.
      if (error instanceof StageError && error.stage === 'zstd' && error.signal === null)
        throw new AppError(
          'OBJECT_DAMAGED',
          `Decompression refused the bytes: ${(error as Error).message}`,
          {
            cause: error
          }
        )
      throw explainAge(error)
    }
    return plain
  }

  async function isCommitted(source: string, backupId: string): Promise<boolean> {
    return (await storage.head(manifestKey(source, backupId))) !== undefined
  }

  /** Removes what an attempt that never committed left. A committed backup is not touched. @returns whether it was discarded */
  async function discard(source: string, backupId: string): Promise<boolean> {
    if (await isCommitted(source, backupId)) return false
    const prefix = backupPrefix(source, backupId)
    await storage.removeUnfinished(prefix, new Date())
    for await (const { key } of storage.list(prefix)) await storage.delete(key)
    return true
  }

  /**
   * Removes what was begun before `before` and never finished: uploads, temporary files, and the objects of backups that have
   * no manifest. `inUse` says which backup ids a run is still writing. Returns how many things were removed.
   */
  async function tidy(before: Date, inUse: (backupId: string) => boolean): Promise<number> {
    let removed = await storage.removeUnfinished('', before)
    const committed = new Set<string>()
    const loose = new Map<string, { keys: string[]; newest: Date }>()
    for await (const { key, modifiedAt } of storage.list('')) {
      const backup = parseBackupKey(key)
      if (!backup) continue
      const prefix = backupPrefix(backup.source, backup.backupId)
      if (parseManifestKey(key)) committed.add(prefix)
      if (inUse(backup.backupId)) continue
      const known = loose.get(prefix) ?? { keys: [], newest: modifiedAt }
      known.keys.push(key)
      if (modifiedAt > known.newest) known.newest = modifiedAt
      loose.set(prefix, known)
    }
    for (const [prefix, { keys, newest }] of loose) {
      if (committed.has(prefix) || newest >= before) continue
      // Asked once more: a list may have been made while the manifest was written.
      if (await storage.head(`${prefix}manifest.json`)) continue
      for (const key of keys) await storage.delete(key)
      removed += keys.length
    }
    return removed
  }

  /** Source and id of every committed backup, from the keys alone. */
  async function* manifests(): AsyncGenerator<{ source: string; backupId: string }> {
    for await (const { key } of storage.list('')) {
      const found = parseManifestKey(key)
      if (found) yield found
    }
  }
}

export type Repository = Awaited<ReturnType<typeof openRepository>>

async function* once(bytes: Uint8Array) {
  yield bytes
}
