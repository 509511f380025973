import { createHash } from 'node:crypto'
import { runPipeline, type Stage, StageError } from '@resguardo/processes'
import { AppError, asAppError } from '@resguardo/shared'
import type { ObjectLock, Storage } from '@resguardo/storage'
import { zstdDecompressStage } from './compression/zstd.ts'
import { ageDecryptStage, ageEncryptStage, explainAge, requireIdentity } from './encryption/age.ts'
import { listFolders } from './folders.ts'
import type { HashThread } from './hashing/hash-thread.ts'
import { readIdentityFile } from './identity-file.ts'
import { backupPrefix, evidenceKey, manifestKey, signatureKey } from './layout.ts'
import { type Manifest, type ManifestObject, parseManifest, serialiseManifest } from './manifest.ts'
import { extendBackupLock, unlessLocked } from './object-lock.ts'
import { checkSizes, readVerified } from './read-object.ts'
import { readSmall } from './read-small.ts'
import { type Removal, removeBackup } from './removal.ts'
import { signBytes, verifyBytes } from './signature.ts'
import { type StorePiped, storePiped } from './store-piped.ts'
import { type Tidied, tidyStorage } from './tidy.ts'
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
    rekey,
    commit,
    readManifest,
    manifestProof,
    writeEvidence,
    checkObjects,
    read,
    openingStages,
    open,
    isCommitted,
    discard,
    lockedUntil,
    extendLock,
    remove,
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
    signal: AbortSignal,
    kept: { lock?: ObjectLock | undefined; storageClass?: string | undefined } = {}
  ): Promise<void> {
    const key = backupPrefix(source, backupId) + object.key
    const estimateBytes = object.bytes
    await storage.write(key, bytes, { ...kept, estimateBytes, ifAbsent: true, signal })
  }

  /**
   * Stores an object of a backup again, encrypted to the repository's present recipients, for the new backup `id`. Its plain
   * bytes are never seen by this process. @throws IDENTITY_MISSING, IDENTITY_WRONG, OBJECT_*
   */
  async function rekey(
    manifest: Manifest,
    object: ManifestObject,
    id: string,
    options: Pick<StorePiped, 'signal' | 'onStored' | 'lock'>
  ): Promise<ManifestObject> {
    const stages = [
      ageDecryptStage(await requireIdentity(identityFile)),
      ageEncryptStage(recipients)
    ]
    try {
      const stored = await storePiped(storage, hashes, stages, {
        ...options,
        storageKey: backupPrefix(manifest.source.name, id) + object.key,
        input: read(manifest, object, options.signal),
        // Every recipient has some 100 bytes in the header.
        estimateBytes: object.bytes + recipients.length * 1_024,
        stallAfterMs
      })
      return { ...object, ...stored }
    } catch (error) {
      throw explainAge(error)
    }
  }

  /**
   * Makes a backup exist: signature first, the manifest last. Sizes are asked of the store once more.
   * @throws OBJECT_MISSING, OBJECT_DAMAGED; STORAGE_OBJECT_EXISTS where it was committed before
   */
  async function commit(manifest: Manifest, lock?: ObjectLock): Promise<void> {
    if (!signingKey)
      throw new AppError('CONFIG_INVALID', 'This worker has no signing key', {
        hint: 'Set RESGUARDO_SIGNING_KEY_FILE.'
      })
    const bytes = serialiseManifest(manifest)
    parseManifest(bytes, 'the manifest to be written')
    await checkObjects(manifest)
    const { source, id } = manifest
    await writeOnce(signatureKey(source.name, id), signBytes(bytes, signingKey), lock)
    await writeOnce(manifestKey(source.name, id), bytes, lock)
  }

  /**
   * An object that is already there with these very bytes is ours: the answer to the first request was lost.
   * Read too often for a colder class.
   */
  async function writeOnce(key: string, bytes: Buffer, lock: ObjectLock | undefined) {
    try {
      await storage.write(key, once(bytes), { ifAbsent: true, lock, storageClass: 'STANDARD' })
    } catch (error) {
      if (asAppError(error).code !== 'STORAGE_OBJECT_EXISTS') throw error
      if (!(await readSmall(storage, key)).equals(bytes)) throw error
      if (lock) await storage.extendLock(key, lock)
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

  /** SHA-256 of a manifest's exact bytes, and which believed key signed them, if any. Nulls where there is none. */
  async function manifestProof(
    source: string,
    backupId: string
  ): Promise<{ sha256: string | null; signer: string | null }> {
    try {
      const key = manifestKey(source, backupId)
      const bytes = await readOr('MANIFEST_MISSING', key)
      const signature = await readOr('MANIFEST_SIGNATURE_INVALID', signatureKey(source, backupId))
      return {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        signer: signers.find(signer => verifyBytes(bytes, signature, [signer])) ?? null
      }
    } catch (error) {
      if (!asAppError(error).code.startsWith('MANIFEST_')) throw error
      return { sha256: null, signer: null }
    }
  }

  /** Stores a file of evidence, once. @returns its key */
  async function writeEvidence(
    source: string,
    name: string,
    bytes: Buffer,
    lock?: ObjectLock
  ): Promise<string> {
    const key = evidenceKey(source, name)
    await writeOnce(key, bytes, lock)
    return key
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

  /**
   * Removes what an attempt that never committed left; objects that a lock keeps stay for tidy. A committed backup is not
   * touched. @returns whether it was discarded
   */
  async function discard(source: string, backupId: string): Promise<boolean> {
    if (await isCommitted(source, backupId)) return false
    const prefix = backupPrefix(source, backupId)
    await storage.removeUnfinished(prefix, new Date())
    for await (const { key } of storage.list(prefix)) await unlessLocked(() => storage.delete(key))
    return true
  }

  /** When the lock of a backup ends or ended, as its manifest's tells; undefined where it never had one, or is no backup. */
  async function lockedUntil(source: string, backupId: string): Promise<Date | undefined> {
    return (await storage.head(manifestKey(source, backupId)))?.lockedUntil
  }

  /** See extendBackupLock. */
  function extendLock(manifest: Manifest, lock: ObjectLock): Promise<void> {
    return extendBackupLock(storage, manifest, lock)
  }

  /** Removes a backup in two phases, see removeBackup. @throws STORAGE_LOCKED */
  function remove(source: string, backupId: string, removal: Removal): Promise<void> {
    return removeBackup(storage, source, backupId, removal)
  }

  /** See tidyStorage. */
  function tidy(before: Date, inUse: (backupId: string) => boolean): Promise<Tidied> {
    return tidyStorage(storage, before, inUse)
  }

  /** Source and id of every committed backup that is not being removed, from the keys alone. */
  async function* manifests(): AsyncGenerator<{ source: string; backupId: string }> {
    for await (const { source, backupId, committed } of listFolders(storage))
      if (committed) yield { source, backupId }
  }
}

export type Repository = Awaited<ReturnType<typeof openRepository>>

async function* once(bytes: Uint8Array) {
  yield bytes
}
