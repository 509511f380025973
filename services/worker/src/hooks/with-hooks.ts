import type { Policy, Source } from '@resguardo/catalog'
import type { Hook } from '@resguardo/domain'
import { AppError, asAppError } from '@resguardo/shared'
import type { Dependencies } from '../dependencies.ts'
import type { Attempt } from '../processor.ts'
import { sourceTarget } from '../source-target.ts'
import { httpHook } from './http-hook.ts'
import { sqlHook } from './sql-hook.ts'

/**
 * Runs a policy's hooks around `work`. A hook before that fails stops the backup, unless it only warns. The hooks after run
 * whatever happened since the first one began, and only warn: the backup is what counts.
 */
export async function withHooks<T>(
  dependencies: Dependencies,
  attempt: Attempt,
  source: Source,
  policy: Policy | undefined,
  work: () => Promise<T>
): Promise<T> {
  const { before = [], after = [] } = policy?.spec.hooks ?? {}
  if (before.length + after.length === 0) return work()
  const { log, report, signal } = attempt
  try {
    for (const hook of before) {
      await report.phase(`hook ${hook.name}`)
      await run(hook, signal).catch(error => {
        signal.throwIfAborted()
        if (hook.onFailure === 'fail') throw error
        log.warn({ err: error, hook: hook.name }, 'hook failed; the backup goes on')
      })
    }
    return await work()
  } finally {
    for (const hook of after)
      await run(hook, AbortSignal.timeout(hook.timeoutSeconds * 1_000)).catch(err =>
        log.warn({ err, hook: hook.name }, 'hook after the backup failed')
      )
  }

  async function run(hook: Hook, signal: AbortSignal) {
    try {
      if (hook.kind === 'sql') await sqlHook(hook, await sourceTarget(dependencies, source))
      else await httpHook(hook, { policy: policy!.name, source: source.name }, signal)
    } catch (error) {
      const { message } = asAppError(error)
      throw new AppError('HOOK_FAILED', `Hook ${hook.name}: ${message}`, { cause: error })
    }
  }
}
