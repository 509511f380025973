import { randomBytes } from 'node:crypto'
import { makeBackupId } from '@resguardo/domain'
import { engines } from '@resguardo/engines'
import type { PgTarget } from '@resguardo/pg-tools'
import type { Manifest, Repository } from '@resguardo/repository'
import { Value } from 'typebox/value'
import type { BackupTerms } from './backup-terms.ts'
import type { Dependencies } from './dependencies.ts'
import type { Attempt } from './processor.ts'

export interface BackupRequest {
  backupId: string
  source: { name: string; target: PgTarget }
  repository: Repository
  name: string | null
  labels: Record<string, string>
  options: unknown
  terms: BackupTerms
}

/** A new id for a logical backup that begins now. */
export const newBackupId = () => makeBackupId(new Date(), 'logical', suffix())

/** Stores a backup and commits its manifest; where that fails, what was stored is removed again. */
export async function makeBackup(
  { clients, slots }: Dependencies,
  { signal, report, log }: Attempt,
  request: BackupRequest
): Promise<Manifest> {
  const { source, backupId, terms } = request
  const repository = onTerms(request.repository, terms)
  const engine = engines.logical
  try {
    const made = await engine.backup({
      ...request,
      repository,
      options: Value.Parse(engine.options, Value.Default(engine.options, request.options ?? {})),
      clients,
      slots,
      report,
      signal
    })
    const manifest = { ...made, ...terms.manifest }
    // The last look at the claim before the backup becomes visible.
    await report.phase('committing')
    signal.throwIfAborted()
    await repository.commit(manifest)
    return manifest
  } catch (error) {
    await repository
      .discard(source.name, backupId)
      .catch(err =>
        log.warn(
          { err, backupId },
          'could not remove what a failed attempt stored; the next one will'
        )
      )
    throw error
  }
}

/** The repository as the engine sees it: it stores without knowing of locks and classes. */
const onTerms = (repository: Repository, { lock, storageClass }: BackupTerms): Repository => ({
  ...repository,
  write: (source, backupId, object) =>
    repository.write(source, backupId, { ...object, lock, storageClass }),
  commit: manifest => repository.commit(manifest, lock)
})

const suffix = () =>
  BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(8, '0')
    .slice(-8)
