import { policyLifecycle } from '@resguardo/catalog'
import { AppError } from '@resguardo/shared'
import { openStorage } from '../open-repository.ts'
import type { Processor } from '../processor.ts'

/** Puts a policy's lifecycle rules on its bucket; rules of others, and of other policies, stay. */
export const runLifecycle: Processor = async (dependencies, { run, report, persist, log }) => {
  const { catalog } = dependencies
  const policy = await catalog.policies.get(run.policyId!)
  const row = await catalog.repositories.get(policy.repositoryId)
  const wanted = await policyLifecycle(catalog, policy, new Date())
  const storage = await openStorage(dependencies, row)
  try {
    if (!wanted || !storage.lifecycle)
      throw new AppError('VALIDATION_FAILED', `Repository ${row.name} is no bucket`, {
        hint: 'Only S3 repositories have lifecycle rules.'
      })
    await report.phase('putting')
    const ids = new Set(wanted.rules.map(({ id }) => id))
    const others = (await storage.lifecycle.get()).filter(
      ({ id, prefix, other }) =>
        id.startsWith('resguardo-') &&
        !ids.has(id) &&
        !other &&
        prefix.startsWith(storage.lifecycle!.root)
    )
    await storage.lifecycle.put([...others, ...wanted.rules])
    const lifecycle = await storage.lifecycle.get()
    await persist(() => catalog.repositories.setCapabilities(row.id, { lifecycle }))
    log.info({ rules: [...ids] }, 'lifecycle rules put')
  } finally {
    await storage.close()
  }
}
