/**
 * What a run does. `probe` checks and initialises a repository; `scan` rebuilds the catalog from its manifests; `verify`
 * re-reads a backup's stored bytes, `deep-verify` decrypts them too; `copy` stores a backup in another repository; `undo`
 * reverses a swap; `tidy` removes what nobody needs any more; `retention` removes what a policy's rules let go, `remove` one
 * backup by hand; `rekey` encrypts a backup anew; `lifecycle` puts a policy's rules on its bucket; `drill` restores a
 * backup to prove that it restores.
 */
export const runKinds = [
  'backup',
  'restore',
  'probe',
  'scan',
  'verify',
  'deep-verify',
  'copy',
  'undo',
  'tidy',
  'retention',
  'remove',
  'rekey',
  'lifecycle',
  'drill'
] as const
export type RunKind = (typeof runKinds)[number]

export const runStatuses = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type RunStatus = (typeof runStatuses)[number]

/** How far a run is. `total` and `etaSeconds` are estimates; `rate` is units a second. */
export interface Progress {
  done: number
  total: number | null
  unit: 'bytes' | 'tables'
  rate: number
  etaSeconds: number | null
}

export interface RunError {
  code: string
  message: string
  hint: string
  retryable: boolean
}

export const isFinished = (status: RunStatus) => status !== 'queued' && status !== 'running'

/** Wait before attempt `attempt + 1`, in ms: doubles from `first`, at most an hour. Jitter in [0, 1) adds up to a quarter. */
export function retryDelayMs(attempt: number, first: number, jitter: number): number {
  const delay = Math.min(first * 2 ** (attempt - 1), 3_600_000)
  return Math.round(delay * (1 + jitter / 4))
}
