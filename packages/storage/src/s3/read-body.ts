import type { Readable } from 'node:stream'
import { AppError } from '@resguardo/shared'

/** The body of an answer with a limit on its silence, its errors in our words. */
export async function* readBody(
  body: Readable,
  key: string,
  silentMs: number,
  signal: AbortSignal | undefined
): AsyncGenerator<Uint8Array> {
  const idle = () =>
    body.destroy(new AppError('STORAGE_UNREACHABLE', `${key}: no byte for ${silentMs} ms`))
  const stop = () => body.destroy(signal!.reason)
  signal?.addEventListener('abort', stop, { once: true })
  let timer = setTimeout(idle, silentMs)
  try {
    for await (const chunk of body) {
      clearTimeout(timer)
      yield chunk
      timer = setTimeout(idle, silentMs)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof AppError
      ? error
      : new AppError(
          'STORAGE_UNREACHABLE',
          `${key}: the connection broke: ${(error as Error).message}`,
          { cause: error }
        )
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    body.destroy()
  }
}
