/**
 * The same body, but an abort ends it with the signal's reason, also while it has nothing to give. The body is closed and
 * that is waited for, except where it hangs.
 */
export async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined
): AsyncGenerator<Uint8Array> {
  if (!signal) return yield* body
  const pieces = body[Symbol.asyncIterator]()
  let state: 'giving' | 'waiting' | 'over' = 'giving'
  try {
    for (;;) {
      signal.throwIfAborted()
      state = 'waiting'
      const piece = await nextUntil(signal, pieces).catch(error => {
        if (!signal.aborted) state = 'over'
        throw error
      })
      state = piece.done ? 'over' : 'giving'
      if (piece.done) return
      yield piece.value
    }
  } finally {
    const closed = state === 'over' ? undefined : pieces.return?.()
    if (state === 'waiting') closed?.catch(() => {})
    else await closed
  }
}

/** Not Promise.race with one promise for the signal: that would keep a reaction for every piece. */
function nextUntil<T>(signal: AbortSignal, pieces: AsyncIterator<T>): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    const over = () => signal.removeEventListener('abort', stop)
    signal.addEventListener('abort', stop)
    pieces.next().then(resolve, reject).finally(over)
  })
}
