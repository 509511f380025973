import { createHash, randomBytes } from 'node:crypto'
import type { Storage } from '../src/index.ts'
import { partSize } from '../src/s3/parts.ts'

/** What S3 sends at once where no estimate asks for more; the sizes around it are the ones that go wrong. */
export const PART = partSize(0, 10_000)

/** Neither a divisor of a part nor a power of two, so that pieces straddle the parts. */
const PIECE = 100_003

export const random = (bytes: number): Buffer => randomBytes(bytes)

/** The body in pieces, as a pipe would give it. */
export async function* inPieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < body.length; offset += PIECE)
    yield body.subarray(offset, offset + PIECE)
}

/** `bytes` bytes, then `end`: an error to throw, or a promise to wait for. Tells when it was closed. */
export function endingIn(bytes: number, end: Error | Promise<unknown>) {
  const source = { closed: false, pieces: 0, body: pieces() }
  return source

  async function* pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of inPieces(random(bytes))) {
        source.pieces++
        yield piece
      }
      if (end instanceof Error) throw end
      await end
    } finally {
      source.closed = true
    }
  }
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Size and SHA-256 of a stream, without holding it. */
export async function digest(stream: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** What `digest` says of the same bytes. */
export const digestOf = (body: Uint8Array) => ({ bytes: body.length, sha256: sha256(body) })

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export const keys = async (storage: Storage, prefix: string) =>
  (await collect(storage.list(prefix))).map(({ key }) => key)

/** What is thrown, to compare with ===; what is returned where nothing is thrown. */
export const thrownBy = (work: Promise<unknown>): Promise<unknown> => work.catch(error => error)
