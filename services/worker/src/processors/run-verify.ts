import type { Backup } from '@resguardo/catalog'
import { engines, rateLimit } from '@resguardo/engines'
import type { Repository } from '@resguardo/repository'
import { AppError, asAppError } from '@resguardo/shared'
import type { Dependencies } from '../dependencies.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'

/** What says that the backup is bad, and not that it could not be looked at. */
const damage = new Set([
  'OBJECT_DAMAGED',
  'OBJECT_MISSING',
  'MANIFEST_MISSING',
  'MANIFEST_INVALID',
  'MANIFEST_SIGNATURE_INVALID'
])

/** Re-reads every stored byte of a backup against size and SHA-256; needs no private key. */
export const runVerify: Processor = (dependencies, attempt) => check(dependencies, attempt, false)

/** Decrypts and decompresses every object too, and reads the archive's table of contents. */
export const runDeepVerify: Processor = (dependencies, attempt) =>
  check(dependencies, attempt, true)

async function check(dependencies: Dependencies, attempt: Attempt, deep: boolean) {
  const { catalog, metrics } = dependencies
  const backup = await catalog.backups.get(attempt.run.backupId!)
  const row = await catalog.repositories.get(backup.repositoryId)
  try {
    await withRepository(dependencies, row, repository =>
      readAll(dependencies, attempt, repository, backup, deep)
    )
  } catch (error) {
    const known = asAppError(error)
    if (damage.has(known.code)) {
      await attempt.persist(() => catalog.backups.markDamaged(backup.id, known.toJSON()))
      metrics.backupsFoundDamaged.inc()
    }
    throw error
  }
  await attempt.persist(() => catalog.backups.markVerified(backup.id, deep))
}

async function readAll(
  { catalog, config, clients }: Dependencies,
  { run, report, signal }: Attempt,
  repository: Repository,
  backup: Backup,
  deep: boolean
) {
  await report.phase('verifying')
  const source = await catalog.sources.get(backup.sourceId)
  const manifest = await repository.readManifest(source.name, backup.id)
  await repository.checkObjects(manifest)
  const limit =
    (run.params.rateLimitBytesPerSecond as number | undefined) ?? config.VERIFY_BYTES_PER_SECOND
  const throttle = rateLimit(limit || undefined)
  const total = backup.storedBytes
  let done = 0
  for (const object of manifest.objects) {
    signal.throwIfAborted()
    async function* bytes() {
      for await (const chunk of repository.read(manifest, object, signal)) {
        done += chunk.length
        report.progress(done, total)
        await throttle(chunk.length, signal)
        yield chunk
      }
    }
    if (deep) {
      const plain = await repository.open(bytes(), signal)
      if (plain !== object.plainBytes)
        throw new AppError(
          'OBJECT_DAMAGED',
          `${object.key} opens to ${plain} bytes, the manifest says ${object.plainBytes}`
        )
    } else {
      for await (const _ of bytes()) {
        // read to its end: readVerified compares
      }
    }
  }
  if (deep) await engines.logical.readContents({ manifest, repository, clients, signal })
}
