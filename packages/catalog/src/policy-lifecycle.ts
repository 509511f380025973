import { keepDays, type LifecycleRule, lifecycleConflicts, lifecycleRules } from '@resguardo/domain'
import type { Catalog, Policy } from './catalog.ts'

/** The lifecycle rules that fit the policy, and what stands against them. Null where the repository is no bucket. */
export async function policyLifecycle(
  { repositories, sources }: Pick<Catalog, 'repositories' | 'sources'>,
  policy: Policy,
  now: Date
) {
  const repository = await repositories.get(policy.repositoryId)
  if (repository.kind !== 's3') return null
  const source = await sources.get(policy.sourceId)
  const { spec } = policy
  const folder = repository.settings.prefix ? `${repository.settings.prefix}/` : ''
  const prefix = `${folder}${source.name}/backups/`
  const kept = keepDays(spec, now)
  const { features, lifecycle = [] } = (repository.capabilities ?? {}) as {
    features?: { objectLock?: boolean; versioned?: boolean }
    lifecycle?: LifecycleRule[]
  }
  return {
    bucket: String(repository.settings.bucket),
    rules: lifecycleRules({
      policyName: policy.name,
      prefix,
      spec,
      longestKeepDays: kept.longest
    }),
    conflicts: lifecycleConflicts({
      spec,
      rules: lifecycle,
      prefix,
      capabilities: {
        objectLock: features?.objectLock ?? false,
        versioned: features?.versioned ?? false
      },
      keepDays: kept
    })
  }
}
