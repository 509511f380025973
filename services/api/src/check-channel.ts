import type { Channel } from '@resguardo/catalog'
import { cronProblem } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'

/** Checks what the schema cannot say about a channel as it would become. @throws VALIDATION_FAILED, naming the field */
export function checkChannel({
  kind,
  settings,
  hasSecret,
  summary
}: Pick<Channel, 'kind' | 'settings' | 'hasSecret' | 'summary'>) {
  const needsSecret = kind !== 'email' || settings.user !== undefined
  if (needsSecret && !hasSecret) refuse('secret', 'is required')
  if (hasSecret && !needsSecret)
    refuse('secret', 'is the password of settings/user, which is not set')
  const problem = summary && cronProblem(summary.cron, summary.timeZone)
  if (problem) refuse('summary', problem)
}

function refuse(field: string, message: string): never {
  throw new AppError('VALIDATION_FAILED', `body/${field}: ${message}`)
}
