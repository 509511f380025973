import { randomBytes } from 'node:crypto'
import { makeBackupId } from '@resguardo/domain'
import type { Manifest, Repository } from '@resguardo/repository'
import { backupRecord } from '../backup-record.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'

/**
 * Stores a backup in a second repository: the same encrypted objects, each checked against its SHA-256 on the way, under a
 * manifest of their own. The age identities that open the first open the copy.
 */
export const runCopy: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const { run, claim, persist } = attempt
  const backup = await catalog.backups.get(run.params.backupId as string)
  const source = await catalog.sources.get(backup.sourceId)
  const from = await catalog.repositories.get(backup.repositoryId)
  const to = await catalog.repositories.get(run.repositoryId!)
  await withRepository(dependencies, from, origin =>
    withRepository(dependencies, to, async target => {
      if (run.backupId && !(await target.discard(source.name, run.backupId))) {
        await record(await target.readManifest(source.name, run.backupId))
        return
      }
      const id = makeBackupId(backup.startedAt, 'logical', randomBytes(4).toString('hex'))
      await persist(() => catalog.runs.setBackupId(claim, id))
      try {
        await record(
          await copy(attempt, origin, target, { source: source.name, backupId: backup.id, id })
        )
      } catch (error) {
        await target.discard(source.name, id).catch(() => {}) // the next attempt or the tidy run does it
        throw error
      }
    })
  )

  function record(manifest: Manifest) {
    const { policyId } = backup
    const ids = { sourceId: source.id, repositoryId: to.id, runId: run.id, policyId }
    return persist(() => catalog.backups.record(backupRecord(manifest, ids), claim))
  }
}

async function copy(
  { report, signal }: Attempt,
  origin: Repository,
  target: Repository,
  { source, backupId, id }: { source: string; backupId: string; id: string }
): Promise<Manifest> {
  await report.phase('copying')
  const manifest = await origin.readManifest(source, backupId)
  // As long as the first: the policy that locks requires it of all its repositories.
  const lock = manifest.lock && { ...manifest.lock, until: new Date(manifest.lock.until) }
  const total = manifest.objects.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const object of manifest.objects) {
    async function* bytes() {
      for await (const chunk of origin.read(manifest, object, signal)) {
        done += chunk.length
        report.progress(done, total)
        yield chunk
      }
    }
    await target.store(source, id, object, bytes(), signal, { lock })
  }
  await report.phase('committing')
  signal.throwIfAborted()
  const copied = { ...manifest, id, repositoryId: target.repositoryId, copyOf: backupId }
  await target.commit(copied, lock)
  return copied
}
