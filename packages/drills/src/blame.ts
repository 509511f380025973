import { type AppError, asAppError, type Code } from '@resguardo/shared'

/** What says that the backup is bad, wherever in the drill it comes up. */
const badBackup = new Set<Code>([
  'OBJECT_DAMAGED',
  'OBJECT_MISSING',
  'MANIFEST_MISSING',
  'MANIFEST_INVALID',
  'MANIFEST_SIGNATURE_INVALID',
  'RESTORE_COUNT_MISMATCH'
])

/** Phases in which PostgreSQL's own refusal of what it is given speaks against the backup. */
const restoring = new Set(['restoring', 'schema', 'data', 'indexes'])
/** Refusals that speak of the place, not of the backup. */
const place =
  /No space left on device|could not extend file|out of (shared )?memory|max_locks_per_transaction|too many clients|Connection terminated|server closed the connection|SIGKILL|role ".*" does not exist|user mapping not found/i

/** Whether an error says that the backup is bad (`failed`), or that the drill could not run (`errored`). */
export function blame(error: unknown, phase: string): 'failed' | 'errored' {
  const { code, message } = asAppError(error) as AppError
  if (badBackup.has(code)) return 'failed'
  const refused = code === 'PG_TOOL_FAILED' && restoring.has(phase) && !place.test(message)
  return refused ? 'failed' : 'errored'
}
