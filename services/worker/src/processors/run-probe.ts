import { initialiseRepository, publicKeyOf } from '@resguardo/repository'
import { AppError, asAppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'
import { openStorage } from '../open-repository.ts'
import type { Processor } from '../processor.ts'

/** Checks that a repository can do what backups need and makes it ours if the place is empty. */
export const runProbe: Processor = async (dependencies, { run, report, persist }) => {
  const { catalog, config } = dependencies
  const row = await catalog.repositories.get(run.repositoryId!)
  try {
    if (!config.SIGNING_KEY)
      throw new AppError('CONFIG_INVALID', 'This worker has no signing key', {
        hint: 'Set RESGUARDO_SIGNING_KEY_FILE.'
      })
    const storage = await openStorage(dependencies, row)
    try {
      await report.phase('probing')
      const capabilities = { ...(await storage.probe()), ...(await lifecycleOf(storage)) }
      await report.phase('initialising')
      const own = publicKeyOf(config.SIGNING_KEY)
      const identity = await initialiseRepository(storage, [own], new Date())
      if (row.repositoryId && row.repositoryId !== identity.repositoryId) {
        throw new AppError(
          'REPOSITORY_MISMATCH',
          `Expected repository ${row.repositoryId}, found ${identity.repositoryId}`
        )
      }
      // Signers already trusted stay; those named by the repository itself are believed on first sight only.
      const signers = [...new Set([...(row.repositoryId ? row.signers : identity.signers), own])]
      await persist(() =>
        catalog.repositories.probed(row.id, {
          repositoryId: identity.repositoryId,
          signers,
          capabilities
        })
      )
    } finally {
      await storage.close()
    }
  } catch (error) {
    await persist(() => catalog.repositories.probeFailed(row.id, asAppError(error).toJSON()))
    throw error
  }
}

/** The bucket's rules, where it has such and lets us read them: policies are compared with them. */
async function lifecycleOf({ lifecycle }: Storage) {
  try {
    return lifecycle ? { lifecycle: await lifecycle.get() } : {}
  } catch (error) {
    if (asAppError(error).code !== 'STORAGE_DENIED') throw error
    return {}
  }
}
