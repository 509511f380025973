let last: Promise<void> = Promise.resolve()

/**
 * Resolves in a turn of the event loop that no other caller gets. Starting a process stops the loop for as long as the
 * kernel needs to copy our page tables (some 10 ms at 250 MiB), so several pipelines must not begin in one turn.
 */
export function ownTurn(): Promise<void> {
  last = last.then(() => new Promise(resolve => setImmediate(resolve)))
  return last
}
