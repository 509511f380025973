import type { Repository as RepositoryRow } from '@resguardo/catalog'
import { openRepository, type Repository } from '@resguardo/repository'
import { AppError } from '@resguardo/shared'
import { type Probe, type Storage, storages, withMetrics } from '@resguardo/storage'
import type { Dependencies } from './dependencies.ts'

/** The storage of a repository, with its credential. The caller closes it. */
export async function openStorage(
  { catalog, metrics, config }: Dependencies,
  row: RepositoryRow
): Promise<Storage> {
  const secret = await catalog.repositories.readSecret(row.id)
  refuseOutside(config.LOCAL_REPOSITORY_ROOT, row)
  const storage = storages[row.kind].open(row.settings, secret, {
    features: (row.capabilities as unknown as Probe | null)?.features
  })
  return withMetrics(storage, (direction, bytes) => metrics.storageBytes.inc({ direction }, bytes))
}

/** Runs `work` with an opened repository and closes its storage. @throws REPOSITORY_NOT_READY where it was never probed */
export async function withRepository<T>(
  dependencies: Dependencies,
  row: RepositoryRow,
  work: (repository: Repository) => Promise<T>
): Promise<T> {
  const { config, hashes } = dependencies
  if (!row.repositoryId)
    throw new AppError('REPOSITORY_NOT_READY', `Repository ${row.name} has not been probed yet`)
  const storage = await openStorage(dependencies, row)
  try {
    const repository = await openRepository({
      storage,
      hashes,
      repositoryId: row.repositoryId,
      recipients: row.recipients,
      signers: row.signers,
      signingKey: config.SIGNING_KEY || undefined,
      identityFile: config.AGE_IDENTITY_FILE || undefined,
      stallAfterMs: config.STALL_AFTER_MS
    })
    return await work(repository)
  } finally {
    await storage.close()
  }
}

/** A key of the API must not make the worker write anywhere on its host. */
function refuseOutside(root: string, { kind, settings, name }: RepositoryRow) {
  if (kind !== 'local' || !root) return
  const path = `${settings.path}/`
  if (path.startsWith(root.endsWith('/') ? root : `${root}/`) && !path.includes('/../')) return
  throw new AppError(
    'STORAGE_DENIED',
    `Repository ${name} lies outside of the directory this worker allows`,
    {
      hint: `Choose a path below ${root} (RESGUARDO_LOCAL_REPOSITORY_ROOT).`
    }
  )
}
