import type { LifecycleRule as S3Rule, TransitionStorageClass } from '@aws-sdk/client-s3'
import type { LifecycleRule } from '../storage.ts'

/** All that our own rules are made of. */
const known = new Set([
  'Rule',
  'ID',
  'Status',
  'Filter',
  'Prefix',
  'Transition',
  'Expiration',
  'Days',
  'StorageClass',
  'NoncurrentVersionExpiration',
  'NoncurrentDays',
  'AbortIncompleteMultipartUpload',
  'DaysAfterInitiation'
])

/** `text` is the rule as it came: what the SDK does not know is only there. */
export function fromS3(raw: S3Rule, text: string): LifecycleRule {
  const { Filter, Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = raw
  const transitions = (raw.Transitions ?? []).flatMap(({ Days, StorageClass }) =>
    Days === undefined ? [] : [{ days: Days, class: StorageClass! }]
  )
  const other = [...text.matchAll(/<([^\s/>]+)/g)].some(([, name]) => !known.has(name!))
  return {
    id: raw.ID ?? '',
    prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? raw.Prefix ?? '',
    enabled: raw.Status === 'Enabled',
    transitions: transitions.sort((a, b) => a.days - b.days),
    ...days('expireDays', Expiration?.Days),
    ...days('expireNoncurrentDays', NoncurrentVersionExpiration?.NoncurrentDays),
    ...days('abortUploadsDays', AbortIncompleteMultipartUpload?.DaysAfterInitiation),
    ...(other && { other })
  }
}

export function toS3(rule: LifecycleRule): S3Rule {
  const { id, prefix, enabled, transitions, expireDays, expireNoncurrentDays, abortUploadsDays } =
    rule
  return {
    ID: id,
    Status: enabled ? 'Enabled' : 'Disabled',
    Filter: { Prefix: prefix },
    ...(transitions.length > 0 && {
      Transitions: transitions.map(({ days, class: name }) => ({
        Days: days,
        StorageClass: name as TransitionStorageClass
      }))
    }),
    ...(expireDays !== undefined && { Expiration: { Days: expireDays } }),
    ...(expireNoncurrentDays !== undefined && {
      NoncurrentVersionExpiration: { NoncurrentDays: expireNoncurrentDays }
    }),
    ...(abortUploadsDays !== undefined && {
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortUploadsDays }
    })
  }
}

const days = <K extends string>(name: K, value: number | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { [_ in K]?: number }
