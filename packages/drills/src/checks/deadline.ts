import { AppError } from '@resguardo/shared'

/**
 * Runs `work` with a signal that also aborts after so many seconds.
 * @throws the outer signal's reason; TOOL_STALLED when the time is over
 */
export async function withDeadline<T>(
  { signal, seconds, what }: { signal: AbortSignal; seconds: number; what: string },
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const over = AbortSignal.timeout(seconds * 1_000)
  try {
    return await work(AbortSignal.any([signal, over]))
  } catch (error) {
    signal.throwIfAborted()
    if (!over.aborted) throw error
    throw new AppError('TOOL_STALLED', `${what} took longer than ${seconds} s`, {
      cause: error,
      hint: 'Raise timeoutSeconds of the check, or look at what it waits for.'
    })
  }
}
