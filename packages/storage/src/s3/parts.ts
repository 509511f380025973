/** The smallest that S3 takes: several streams go up at a time, and each keeps a few parts in memory. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const SMALLEST_PART = 5 * 1_048_576
/** Room for an estimate that is too low, and for parts lost to rounding. */
const SAFETY = 1.3 / 0.95

/** Part size in bytes such that an object of `estimateBytes` fits into `partLimit` parts. */
export const partSize = (estimateBytes: number, partLimit: number) =>
  Math.max(SMALLEST_PART, Math.ceil((estimateBytes * SAFETY) / partLimit))

/**
 * Cuts a stream into parts of `size` bytes, in buffers that are used again: the buffer of a part may be given back with
 * `release` once it is sent. At least one part is yielded, perhaps an empty one.
 */
export function cutIntoParts(body: AsyncIterable<Uint8Array>, size: number) {
  const free: Buffer[] = []
  return { parts: cut(), release: (part: Buffer) => void free.push(part) }

  async function* cut(): AsyncGenerator<{ buffer: Buffer; bytes: Buffer; last: boolean }> {
    let buffer: Buffer = Buffer.allocUnsafeSlow(size)
    let filled = 0
    for await (const chunk of body) {
      for (let offset = 0; offset < chunk.length; ) {
        if (filled === size) {
          yield { buffer, bytes: buffer, last: false }
          buffer = free.pop() ?? Buffer.allocUnsafeSlow(size)
          filled = 0
        }
        const piece = chunk.subarray(offset, offset + size - filled)
        buffer.set(piece, filled)
        filled += piece.length
        offset += piece.length
      }
    }
    yield { buffer, bytes: buffer.subarray(0, filled), last: true }
  }
}
