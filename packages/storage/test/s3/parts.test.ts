import t from 'tap'
import { cutIntoParts, partSize } from '../../src/s3/parts.ts'
import { digestOf, inPieces, random } from '../bodies.ts'

const MiB = 1_048_576
const TiB = 1_048_576 * MiB

t.test(
  'parts are sized such that the limit suffices, also for an estimate 30 % too low',
  async t => {
    for (const limit of [100, 1_000, 10_000]) {
      for (const estimate of [0, 1, 8 * MiB * limit, 80e9, TiB, 5 * TiB]) {
        const size = partSize(estimate, limit)
        const parts = Math.ceil((estimate * 1.3) / size)
        t.ok(parts <= limit, `${estimate} bytes in ${parts} of ${limit} parts of ${size}`)
        t.ok(Number.isInteger(size) && size >= 5 * MiB, 'S3 takes no smaller part')
      }
    }
  }
)

t.test('parts are no larger than the estimate asks for', async t => {
  t.equal(partSize(0, 10_000), 5 * MiB)
  t.equal(partSize(38e9, 10_000), 5 * MiB, 'up to 38 GB the smallest part does')
  t.ok(partSize(80e9, 10_000) < 12e6)
  t.ok(partSize(80e9, 1_000) < 120e6, 'ten times the part for a tenth of the parts')
  t.ok(partSize(80e9, 1_000) >= 80e6 * 1.3)
})

t.test('a body is cut at the size, whatever its pieces', async t => {
  for (const [bytes, sizes] of Object.entries({
    0: [0],
    1: [1],
    999: [999],
    1000: [1_000],
    1001: [1_000, 1],
    2000: [1_000, 1_000],
    3500: [1_000, 1_000, 1_000, 500]
  })) {
    const body = random(Number(bytes))
    for (const piece of [1, 7, 1_000, 1_001, 5_000]) {
      const { parts, release } = cutIntoParts(pieces(body, piece), 1_000)
      const cut: { bytes: Buffer; last: boolean }[] = []
      for await (const part of parts) {
        cut.push({ bytes: Buffer.from(part.bytes), last: part.last })
        release(part.buffer)
      }
      t.same(
        cut.map(part => part.bytes.length),
        sizes,
        `${bytes} bytes in pieces of ${piece}`
      )
      t.same(digestOf(Buffer.concat(cut.map(part => part.bytes))), digestOf(body))
      t.same(
        cut.map(part => part.last),
        sizes.map((_, i) => i === sizes.length - 1)
      )
    }
  }
})

t.test('a released buffer is used again, one still on its way is not touched', async t => {
  const body = random(10_000)
  const { parts, release } = cutIntoParts(inPieces(body), 1_000)
  const buffers = new Set<Buffer>()
  const waiting: { buffer: Buffer; bytes: Buffer; at: number }[] = []
  let at = 0
  for await (const { buffer, bytes } of parts) {
    buffers.add(buffer)
    waiting.push({ buffer, bytes, at })
    at += bytes.length
    if (waiting.length < 3) continue
    const sent = waiting.shift()!
    t.ok(sent.bytes.equals(body.subarray(sent.at, sent.at + 1_000)), `part at ${sent.at} is whole`)
    release(sent.buffer)
  }
  t.ok(buffers.size <= 4, `${buffers.size} buffers for 10 parts`)
})

async function* pieces(body: Buffer, size: number) {
  for (let offset = 0; offset < body.length; offset += size)
    yield body.subarray(offset, offset + size)
}
