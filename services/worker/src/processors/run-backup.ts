import { randomBytes } from 'node:crypto'
import type { Repository as RepositoryRow, Source } from '@resguardo/catalog'
import { makeBackupId } from '@resguardo/domain'
import { engines } from '@resguardo/engines'
import type { Manifest, Repository } from '@resguardo/repository'
import { Value } from 'typebox/value'
import { backupRecord } from '../backup-record.ts'
import type { Dependencies } from '../dependencies.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'

export const runBackup: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const source = await catalog.sources.get(attempt.run.sourceId!)
  const row = await catalog.repositories.get(attempt.run.repositoryId!)
  await withRepository(dependencies, row, async repository => {
    const manifest =
      (await adopt(attempt, source, repository)) ??
      (await make(dependencies, attempt, source, repository))
    await record(dependencies, attempt, source, row, manifest)
  })
}

/** An earlier attempt may have committed and died before it could say so; otherwise what it left is removed. */
async function adopt(
  { run, log }: Attempt,
  source: Source,
  repository: Repository
): Promise<Manifest | undefined> {
  if (!run.backupId) return undefined
  if (await repository.discard(source.name, run.backupId)) return undefined
  log.info({ backupId: run.backupId }, 'an earlier attempt had committed its backup; it is kept')
  return repository.readManifest(source.name, run.backupId)
}

async function make(
  dependencies: Dependencies,
  attempt: Attempt,
  source: Source,
  repository: Repository
): Promise<Manifest> {
  const { run, claim, signal, report, log } = attempt
  const engine = engines.logical
  const backupId = makeBackupId(new Date(), 'logical', suffix())
  await attempt.persist(() => dependencies.catalog.runs.setBackupId(claim, backupId))
  try {
    const manifest = await engine.backup({
      source: { name: source.name, target: await sourceTarget(dependencies, source) },
      backupId,
      name: (run.params.name as string | undefined) ?? null,
      labels: (run.params.labels as Record<string, string> | undefined) ?? {},
      options: Value.Parse(engine.options, Value.Default(engine.options, run.params.options ?? {})),
      repository,
      clients: dependencies.clients,
      slots: dependencies.slots,
      report,
      signal
    })
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

async function record(
  { catalog, metrics }: Dependencies,
  attempt: Attempt,
  source: Source,
  row: RepositoryRow,
  manifest: Manifest
) {
  const backup = backupRecord(manifest, {
    sourceId: source.id,
    repositoryId: row.id,
    runId: attempt.run.id
  })
  await attempt.persist(() => catalog.backups.record(backup, attempt.claim))
  const labels = { source: source.name, kind: manifest.kind }
  metrics.backupLastSuccess.set(labels, backup.finishedAt.getTime() / 1000)
  metrics.backupBytes.set(labels, backup.storedBytes)
}

const suffix = () =>
  BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(8, '0')
    .slice(-8)
