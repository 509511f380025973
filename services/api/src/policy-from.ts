import type { NewPolicy } from '@resguardo/catalog'
import { completePolicy, type PolicySpec, policyProblems } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import type { FastifyInstance } from 'fastify'

type References = Pick<NewPolicy, 'sourceId' | 'repositoryId' | 'copyTo' | 'channelIds' | 'options'>

/** A policy as the catalog takes it. @throws POLICY_INVALID with everything that is wrong beyond the schema */
export async function policyFrom(
  app: FastifyInstance,
  body: References & Record<string, unknown>
): Promise<Omit<NewPolicy, 'name'>> {
  const { sourceId, repositoryId, copyTo, channelIds, options, ...written } = body
  const spec = completePolicy(written)
  const problems = policyProblems(spec).map(({ path, message }) => `body${path}: ${message}`)
  problems.push(...(await lockProblems(app, spec, [repositoryId, ...copyTo])))
  if (problems.length > 0) throw new AppError('POLICY_INVALID', problems.join('; '))
  return { kind: 'logical', sourceId, repositoryId, copyTo, channelIds, options, spec }
}

async function lockProblems({ catalog }: FastifyInstance, { lock }: PolicySpec, ids: string[]) {
  const problems: string[] = []
  for (const id of lock ? ids : []) {
    const { name, capabilities } = await catalog.repositories.get(id)
    const { features } = (capabilities ?? {}) as { features?: { objectLock?: boolean } }
    if (!features?.objectLock)
      problems.push(
        `body/lock: repository ${name} cannot lock objects; use a bucket that was made with object lock, and probe it`
      )
  }
  return problems
}
