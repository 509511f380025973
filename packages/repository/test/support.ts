import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stage } from '@resguardo/processes'
import { type ObjectLock, type Storage, storages } from '@resguardo/storage'
import type { Test } from 'tap'
import {
  createSigningKey,
  initialiseRepository,
  type Manifest,
  type ManifestObject,
  openRepository,
  type Repository,
  type RepositoryOptions,
  startHashThread
} from '../src/index.ts'

export const backupId = '20261120T020000Z-logical-7f3k2m'

/** A manifest of a backup with these objects. */
export const manifestOf = (
  repositoryId: string,
  objects: ManifestObject[] = [someObject],
  change: Partial<Manifest> = {}
): Manifest => ({
  formatVersion: 1,
  id: backupId,
  kind: 'logical',
  repositoryId,
  source: {
    name: 'shop',
    systemId: '7300000000000000000',
    serverVersion: '15.6',
    serverVersionNum: 150006,
    database: 'we"ird',
    owner: 'app',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    localeProvider: 'c',
    icuLocale: null
  },
  tool: { name: 'resguardo', version: '0.1.0', pgDumpVersion: '15.6' },
  startedAt: '2026-11-20T02:00:00.000Z',
  finishedAt: '2026-11-20T02:00:09.123Z',
  snapshot: { lsn: '0/16B3748', at: '2026-11-20T02:00:00Z' },
  compression: { scheme: 'zstd', level: 3 },
  encryption: { scheme: 'age', recipients: ['age1example'] },
  objects,
  tables: [{ schema: 'public', name: 'invoice', kind: 'r', rows: 60_000, bytes: 2 ** 40 }],
  largeObjects: 0,
  databaseBytes: 2 ** 41,
  extensions: [{ name: 'plpgsql', version: '1.0', schema: 'pg_catalog' }],
  roles: ['app'],
  labels: { why: 'test' },
  name: null,
  ...change
})

const someObject: ManifestObject = {
  key: 'archive.pgdump.zst.age',
  role: 'archive',
  format: 'pgdump',
  bytes: 5,
  sha256: 'a'.repeat(64),
  plainBytes: 9
}

/** Prints `text`. */
export const says = (text: string): Stage => ({ name: 'printf', cmd: 'printf', args: ['%s', text] })

export const keys = createSigningKey()

/**
 * A new repository in a directory of the test, or on a storage that is given, with an age identity that opens what is written.
 */
export async function testRepository(t: Test, given?: Storage) {
  const dir = mkdtempSync(join(tmpdir(), 'resguardo-repository-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const path = join(dir, 'repository')
  mkdirSync(path)
  const identityFile = join(dir, 'identity.txt')
  const identity = execFileSync('age-keygen', { encoding: 'utf8', stdio: 'pipe' })
  writeFileSync(identityFile, identity, { mode: 0o600 })
  const recipient = /age1\w+/.exec(identity)![0]
  const storage = given ?? storages.local.open({ path })
  const hashes = startHashThread()
  t.teardown(() => hashes.close())
  const { repositoryId } = await initialiseRepository(storage, [keys.publicKey], new Date())
  const options: RepositoryOptions = {
    storage,
    hashes,
    repositoryId,
    recipients: [recipient],
    signers: [keys.publicKey],
    signingKey: keys.privateKey,
    identityFile,
    stallAfterMs: 60_000
  }
  const repository = await openRepository(options)
  return { path, storage, hashes, options, repository, repositoryId, file, files }

  /** The file of a key. */
  function file(key: string) {
    const name = join(path, key)
    return { read: () => readFileSync(name), write: (bytes: Buffer) => writeFileSync(name, bytes) }
  }

  /** Keys of all that is stored. */
  function files() {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(path.length + 1))
      .sort()
  }
}

/** Stores one object whose plain bytes are `text`. */
export const writeText = (
  repository: Repository,
  text: string,
  {
    key = 'archive.pgdump.zst.age',
    producer = says(text),
    signal = new AbortController().signal
  } = {}
) =>
  repository.write('shop', backupId, {
    key,
    role: 'archive',
    format: 'pgdump',
    producer,
    level: 3,
    threads: 1,
    estimateBytes: 1_000,
    signal,
    onStored: () => {},
    onStarted: () => {}
  })

/** A backup of `count` small objects, committed. */
export async function storedBackup(
  repository: Repository,
  id: string,
  { count = 2, lock, storageClass }: StoredAs = {}
): Promise<Manifest> {
  const objects = Array.from({ length: count }, (_, i) => smallObject(`data/t.${i}.zst.age`))
  for (const { object, bytes } of objects)
    await repository.store('shop', id, object, once(bytes), new AbortController().signal, {
      lock,
      storageClass
    })
  const manifest = manifestOf(
    repository.repositoryId,
    objects.map(({ object }) => object),
    { id }
  )
  await repository.commit(manifest, lock)
  return manifest
}

interface StoredAs {
  count?: number
  lock?: ObjectLock
  storageClass?: string
}

function smallObject(key: string) {
  const bytes = Buffer.from(`the bytes of ${key}`)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const object: ManifestObject = { ...someObject, key, bytes: bytes.length, sha256 }
  return { object, bytes }
}

/** Ids of the backups that are listed; each must have all its bytes. */
export async function wholeBackups(repository: Repository): Promise<string[]> {
  const ids: string[] = []
  for await (const { source, backupId } of repository.manifests()) {
    const manifest = await repository.readManifest(source, backupId)
    await repository.checkObjects(manifest)
    for (const object of manifest.objects) for await (const _ of repository.read(manifest, object)); // to its end: there it is compared
    ids.push(backupId)
  }
  return ids
}

export const killed = new Error('killed')

/** The same storage for a process that dies with its `n`-th operation, before or after that was done. */
export function dyingAt(storage: Storage, n: number, when: 'before' | 'after'): Storage {
  let begun = 0
  return {
    ...storage,
    write: (...args) => during(() => storage.write(...args)),
    read: (...args) => during(() => storage.read(...args)),
    head: key => during(() => storage.head(key)),
    delete: key => during(() => storage.delete(key)),
    async *list(prefix) {
      await during(async () => {})
      yield* storage.list(prefix)
    }
  }

  async function during<T>(work: () => Promise<T>): Promise<T> {
    const turn = ++begun
    if (turn > n || (turn === n && when === 'before')) throw killed
    const result = await work()
    if (turn === n) throw killed
    return result
  }
}

async function* once(bytes: Uint8Array) {
  yield bytes
}
