import type { Policy, Repository as RepositoryRow, Source } from '@resguardo/catalog'
import { jobOfKind } from '@resguardo/jobs'
import type { Manifest, Repository } from '@resguardo/repository'
import { backupRecord } from '../backup-record.ts'
import { backupTerms } from '../backup-terms.ts'
import type { Dependencies } from '../dependencies.ts'
import { withHooks } from '../hooks/with-hooks.ts'
import { makeBackup, newBackupId } from '../make-backup.ts'
import { withRepository } from '../open-repository.ts'
import type { Attempt, Processor } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'

export const runBackup: Processor = async (dependencies, attempt) => {
  const { catalog } = dependencies
  const source = await catalog.sources.get(attempt.run.sourceId!)
  const row = await catalog.repositories.get(attempt.run.repositoryId!)
  const policy = attempt.run.policyId ? await catalog.policies.get(attempt.run.policyId) : undefined
  await withRepository(dependencies, row, async repository => {
    const manifest =
      (await adopt(attempt, source, repository)) ??
      (await withHooks(dependencies, attempt, source, policy, () =>
        make(dependencies, attempt, source, repository, policy)
      ))
    await record(dependencies, attempt, source, row, manifest)
  })
  await startCopies(dependencies, attempt)
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
  repository: Repository,
  policy: Policy | undefined
): Promise<Manifest> {
  const { params } = attempt.run
  const backupId = newBackupId()
  await attempt.persist(() => dependencies.catalog.runs.setBackupId(attempt.claim, backupId))
  // The row was read before: later parts of this run look for what this attempt makes.
  attempt.run.backupId = backupId
  return makeBackup(dependencies, attempt, {
    backupId,
    source: { name: source.name, target: await sourceTarget(dependencies, source) },
    repository,
    name: (params.name as string | undefined) ?? null,
    labels: (params.labels as Record<string, string> | undefined) ?? {},
    options: params.options,
    terms: backupTerms(policy, params, new Date())
  })
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
    runId: attempt.run.id,
    policyId: attempt.run.policyId
  })
  await attempt.persist(() => catalog.backups.record(backup, attempt.claim))
  const labels = { source: source.name, kind: manifest.kind }
  metrics.backupLastSuccess.set(labels, backup.finishedAt.getTime() / 1000)
  metrics.backupBytes.set(labels, backup.storedBytes)
}

/** The copies that were asked for with the backup, each a run of its own: a second store that is away fails no backup. */
async function startCopies({ catalog, queues }: Dependencies, { run, persist, log }: Attempt) {
  for (const repositoryId of (run.params.copyTo as string[] | undefined) ?? []) {
    const query = { copyOf: run.backupId!, repositoryId, limit: 1 }
    if ((await catalog.backups.list(query)).items.length > 0) continue
    const copy = await persist(() =>
      catalog.runs.createOnce({
        kind: 'copy',
        maxAttempts: jobOfKind.copy.attempts,
        sourceId: run.sourceId!,
        repositoryId,
        params: { backupId: run.backupId },
        ...(run.policyId ? { policyId: run.policyId } : {}),
        requestedBy: run.requestedBy,
        ...(run.requestId ? { requestId: run.requestId } : {})
      })
    )
    if (copy)
      await queues
        .enqueueRun(copy)
        .catch(err => log.warn({ err }, 'copy not enqueued; the sweep will'))
  }
}
