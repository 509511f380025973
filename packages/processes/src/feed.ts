import { once } from 'node:events'
import type { Writable } from 'node:stream'

/**
 * Writes `input` into a process's stdin with back-pressure and closes it. Resolves early, without an error, when the
 * process closes its end: its exit code tells the story. Rejects with the input's own error.
 */
export async function feed(input: AsyncIterable<Uint8Array>, stdin: Writable): Promise<void> {
  let closed = false
  const gone = new Promise<void>(resolve => {
    const onGone = () => {
      closed = true
      resolve()
    }
    stdin.once('close', onGone)
    stdin.once('error', onGone)
  })
  stdin.on('error', () => {})
  for await (const chunk of input) {
    if (closed) return
    if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain').catch(() => {}), gone])
  }
  if (!closed) stdin.end()
}
