import { AppError, type Code } from '@resguardo/shared'
import type { DrillResult } from './drill.ts'
import type { CheckRecord } from './run-checks.ts'

/** Failed checks and a missed objective speak against the backup; checks that erred leave it open. */
export function judge(result: DrillResult, rtoSeconds: number) {
  const failed = result.checks.filter(({ outcome }) => outcome === 'failed')
  const errored = result.checks.filter(({ outcome }) => outcome === 'errored')
  const reason = (code: Code, message: string, hint?: string) => {
    result.reason = {
      phase: 'checking',
      code,
      message,
      hint: hint ?? new AppError(code, '').hint
    }
  }
  if (failed.length > 0) {
    result.outcome = 'failed'
    return reason(
      'DRILL_FAILED',
      failed.map(one => `${one.name}: expected ${one.expected}, found ${one.actual}`).join('; ')
    )
  }
  if (errored.length > 0) {
    const [{ error, name }] = errored as [CheckRecord]
    result.outcome = 'errored'
    return reason(
      (error?.code as Code | undefined) ?? 'INTERNAL',
      `${name}: ${error?.message ?? 'it could not be made'}`,
      error?.hint
    )
  }
  if (result.restoreSeconds !== null && result.restoreSeconds > rtoSeconds) {
    result.outcome = 'failed'
    reason(
      'DRILL_FAILED',
      `The restore took ${result.restoreSeconds} s, the objective (RTO) is ${rtoSeconds} s`
    )
  }
}
