import type { FairSlots } from './fair-slots.ts'

export interface TaskLimits {
  /** At once. */
  jobs: number
  /** Shared with the other runs of this worker. */
  slots: FairSlots
  signal: AbortSignal
}

/**
 * Runs the tasks in their order, `jobs` at a time; each is asked for when there is room for it. The first failure stops the
 * others, and is thrown when all of them have ended; results come in the order of the tasks.
 */
export async function runTasks<T>(
  tasks: Iterable<(signal: AbortSignal) => Promise<T>>,
  { jobs, slots, signal }: TaskLimits
): Promise<T[]> {
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const owner = {}
  const results: T[] = []
  const queue = tasks[Symbol.iterator]()
  let next = 0
  let failure: { error: unknown } | undefined

  async function lane() {
    for (;;) {
      const { done, value: task } = queue.next()
      if (done) return
      const index = next++
      const release = await slots.acquire(owner, both)
      try {
        results[index] = await task(both)
      } finally {
        release()
      }
    }
  }

  await Promise.all(
    Array.from({ length: jobs }, () =>
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
