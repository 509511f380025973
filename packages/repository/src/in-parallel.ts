/** Runs `work` on every item, `limit` at once. After an error nothing new begins; it is thrown when all that had begun is over. */
export async function inParallel<T>(
  items: T[],
  limit: number,
  work: (item: T) => Promise<void>
): Promise<void> {
  const waiting = [...items].reverse()
  let failure: { error: unknown } | undefined
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner))
  if (failure) throw failure.error

  async function runner() {
    while (waiting.length > 0 && !failure) {
      try {
        await work(waiting.pop()!)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
}
