interface Policy {
  copyTo: string[]
  options: Record<string, unknown>
}

interface Wanted {
  name?: string
  labels?: Record<string, string>
  reason?: string
  keepDays?: number
}

/** Parameters of a policy's backup run. Hooks, lock and storage class are read from the policy when the run begins. */
export const policyBackupParams = ({ copyTo, options }: Policy, wanted: Wanted = {}) => ({
  ...wanted,
  copyTo,
  options
})
