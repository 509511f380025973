import type { FairSlots } from './fair-slots.ts'

export interface TaskLimits {
  /** At once. */
  jobs: number
  /** Shared with the other runs of this worker. */
  slots: FairSlots
  signal: AbortSignal
}

/**
 * Runs the tasks in their order, `jobs` at a time. The first failure stops the others, and is thrown when all of them have
 * ended; results come in the order of the tasks.
 */
export async function runTasks<T>(
  tasks: ((signal: AbortSignal) => Promise<T>)[],
  { jobs, slots, signal }: TaskLimits
): Promise<T[]> {
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const owner = {}
  const results: T[] = []
  let next = 0
  let failure: { error: unknown } | undefined

  async function lane() {
    while (next < tasks.length) {
      const index = next++
      const release = await slots.acquire(owner, both)
      try {
        results[index] = await tasks[index]!(both)
      } finally {
        release()
      }
    }
  }

  await Promise.all(
    Array.from({ length: Math.min(jobs, tasks.length) }, () =>
      lane().catch(error => {
        failure ??= { error }
        failed.abort(error)
      })
    )
  )
  signal.throwIfAborted()
  if (failure) throw failure.error
  return results
}
