import { storagePath, type TierSpec } from './tiers.ts'

/** One rule of a bucket's lifecycle, as far as it matters here. The empty prefix is the whole bucket. */
export interface LifecycleRule {
  id: string
  prefix: string
  enabled: boolean
  transitions: { days: number; class: string }[]
  abortUploadsDays?: number
  expireDays?: number
  expireNoncurrentDays?: number
  /** The bucket's rule says more than this: tags, sizes, dates … */
  other?: true
}

export interface LifecyclePlan {
  policyName: string
  /** Of the source's objects in the bucket; ends with a slash. */
  prefix: string
  spec: TierSpec
  /** Longest time that retention keeps a backup; null: there is none. */
  longestKeepDays: number | null
  /** Lets S3 delete what is older than retention could have left; see {@link lifecycleRules}. */
  expiryBackstop?: boolean
}

/** No upload of a run takes so long. */
const ABORT_UPLOADS_DAYS = 7
/** Time to bring back, in a versioned bucket, what somebody deleted past us. */
const NONCURRENT_DAYS = 30
const BACKSTOP_MARGIN_DAYS = 30

/**
 * The rules that fit a policy: colder classes by age, and what unfinished uploads and deleted versions leave behind.
 *
 * S3 is told to expire backups only if `expiryBackstop` asks for it and every backup is kept for a limited time: S3 knows
 * neither of holds nor that the newest good backup always stays, so its clock would delete a held backup, and the last one of
 * a source whose backups have stopped. (An object lock or legal hold of S3 itself does stop it.)
 */
export function lifecycleRules(plan: LifecyclePlan): LifecycleRule[] {
  const { policyName, prefix, spec, longestKeepDays, expiryBackstop } = plan
  const expires = expiryBackstop && longestKeepDays !== null
  return [
    {
      id: `resguardo-${policyName}`,
      prefix,
      enabled: true,
      transitions: storagePath(spec)
        .filter(({ afterDays }) => afterDays > 0)
        .map(tier => ({ days: tier.afterDays, class: tier.class })),
      abortUploadsDays: ABORT_UPLOADS_DAYS,
      ...(expires ? { expireDays: Math.ceil(longestKeepDays) + BACKSTOP_MARGIN_DAYS } : {}),
      expireNoncurrentDays: NONCURRENT_DAYS
    }
  ]
}
