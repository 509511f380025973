import { randomBytes } from 'node:crypto'
import { makeBackupId } from '@resguardo/domain'
import type { Manifest, Repository } from '@resguardo/repository'
import { backupRecord } from '../backup-record.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'

/**
 * Encrypts a backup anew for the repository's present recipients, as a backup of its own. The old one stays: it is removed by
 * retention, which keeps one of two of the same moment, or by hand.
 */
export const runRekey: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const { run, claim, persist } = attempt
  const backup = await catalog.backups.get(run.params.backupId as string)
  const source = await catalog.sources.get(backup.sourceId)
  const row = await catalog.repositories.get(backup.repositoryId)
  await withRepository(dependencies, row, async repository => {
    if (run.backupId && !(await repository.discard(source.name, run.backupId)))
      return record(await repository.readManifest(source.name, run.backupId))
    const id = makeBackupId(backup.startedAt, 'logical', randomBytes(4).toString('hex'))
    await persist(() => catalog.runs.setBackupId(claim, id))
    try {
      await record(await rekey(attempt, repository, { source: source.name, of: backup.id, id }))
    } catch (error) {
      await repository.discard(source.name, id).catch(() => {}) // the next attempt or the tidy run does it
      throw error
    }
  })

  function record(manifest: Manifest) {
    const { sourceId, repositoryId, policyId } = backup
    const ids = { sourceId, repositoryId, policyId, runId: run.id }
    return persist(() => catalog.backups.record(backupRecord(manifest, ids), claim))
  }
}

async function rekey(
  { report, signal }: Attempt,
  repository: Repository,
  { source, of, id }: { source: string; of: string; id: string }
): Promise<Manifest> {
  await report.phase('encrypting')
  const manifest = await repository.readManifest(source, of)
  const lock = manifest.lock && { ...manifest.lock, until: new Date(manifest.lock.until) }
  const total = manifest.objects.reduce((sum, { bytes }) => sum + bytes, 0)
  const objects: Manifest['objects'] = []
  let done = 0
  for (const object of manifest.objects) {
    objects.push(
      await repository.rekey(manifest, object, id, {
        signal,
        lock,
        onStored: bytes => report.progress(done + bytes, total)
      })
    )
    done += object.bytes
  }
  await report.phase('committing')
  signal.throwIfAborted()
  const { recipients } = repository
  const made = {
    ...manifest,
    id,
    rekeyOf: of,
    objects,
    encryption: { ...manifest.encryption, recipients }
  }
  await repository.commit(made, lock)
  return made
}
