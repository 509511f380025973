import { type Catalog, everyItem, type Source } from '@resguardo/catalog'
import type { Manifest } from '@resguardo/repository'
import { asAppError, type Code } from '@resguardo/shared'
import { backupRecord } from '../backup-record.ts'
import { withRepository } from '../open-repository.ts'
import type { Processor } from '../processor.ts'

/** Missing: the backup is being removed meanwhile. */
const leftOut: Code[] = [
  'MANIFEST_MISSING',
  'MANIFEST_INVALID',
  'MANIFEST_SIGNATURE_INVALID',
  'REPOSITORY_FORMAT_NEWER'
]

/** Rebuilds the catalog's backups from a repository's manifests: losing the catalog loses nothing. */
export const runScan: Processor = async (dependencies, { run, report, signal, log, persist }) => {
  const { catalog } = dependencies
  const row = await catalog.repositories.get(run.repositoryId!)
  await withRepository(dependencies, row, async repository => {
    await report.phase('scanning')
    const sources = await sourcesByName(catalog)
    const policies = new Map((await catalog.policies.all()).map(({ name, id }) => [name, id]))
    for await (const { source: name, backupId } of repository.manifests()) {
      signal.throwIfAborted()
      try {
        const manifest = await repository.readManifest(name, backupId)
        const source = sources.get(name) ?? (await createSource(catalog, manifest))
        sources.set(name, source)
        await persist(() =>
          catalog.backups.record(
            backupRecord(manifest, {
              sourceId: source.id,
              repositoryId: row.id,
              runId: null,
              // By name: a policy that was made again has another id.
              policyId: policies.get(manifest.policy?.name ?? '') ?? null
            })
          )
        )
      } catch (error) {
        // One damaged manifest must not hide the other backups.
        if (!leftOut.includes(asAppError(error).code)) throw error
        log.warn({ err: error, backupId }, 'manifest left out of the scan')
      }
    }
  })
}

async function sourcesByName(catalog: Catalog) {
  const sources = new Map<string, Source>()
  for await (const source of everyItem(catalog.sources.list)) sources.set(source.name, source)
  return sources
}

/** The manifest tells the database, not where its server was: that is set with PATCH /v1/sources before the next backup. */
function createSource(catalog: Catalog, { source }: Manifest) {
  return catalog.sources.create({
    name: source.name,
    kind: 'postgresql',
    connection: {
      host: 'unknown.invalid',
      port: 5432,
      database: source.database,
      user: 'unknown',
      sslMode: 'prefer'
    }
  })
}
