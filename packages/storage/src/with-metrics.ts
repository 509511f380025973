import { Transform } from 'node:stream'
import type { Storage } from './storage.ts'

/** The same storage, telling how many bytes are written and read. */
export function withMetrics(
  storage: Storage,
  count: (direction: 'read' | 'write', bytes: number) => void
): Storage {
  return {
    ...storage,
    write: (key, body, options) => storage.write(key, counted(body), options),
    async read(key, options) {
      const source = await storage.read(key, options)
      const counter = new Transform({
        transform(chunk, _, done) {
          count('read', chunk.length)
          done(null, chunk)
        }
      })
      source.on('error', error => counter.destroy(error))
      counter.on('close', () => source.destroy())
      return source.pipe(counter)
    }
  }

  async function* counted(body: AsyncIterable<Uint8Array>) {
    for await (const chunk of body) {
      count('write', chunk.length)
      yield chunk
    }
  }
}
