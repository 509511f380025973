import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { startHashThread } from '../src/index.ts'

const sha256 = (...chunks: Uint8Array[]) => {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

const hashes = startHashThread()
t.teardown(() => hashes.close())
/** The thread alone keeps no process alive. */
const alive = setInterval(() => {}, 60_000)
t.teardown(() => clearInterval(alive))

t.test('nothing, one byte, and more than may wait at once', async t => {
  for (const length of [0, 1, 65_536, 4 * 1_048_576, 11_000_001]) {
    const bytes = randomBytes(length)
    const hash = hashes.open()
    await hash.update(bytes)
    t.equal(await hash.digest(), sha256(bytes), `${length} bytes`)
  }
  t.equal(await hashes.open().digest(), sha256(), 'no update at all')
})

t.test('the order of the updates counts, waiting or not', async t => {
  const chunks = Array.from({ length: 40 }, () => randomBytes(1_000_003))
  const hash = hashes.open()
  for (const chunk of chunks) await hash.update(chunk)
  t.equal(await hash.digest(), sha256(...chunks))
  const eager = hashes.open()
  const updates = chunks.slice(0, 3).map(chunk => eager.update(chunk))
  t.equal(await eager.digest(), sha256(...chunks.slice(0, 3)))
  await Promise.all(updates)
})

t.test('many at once do not mix', async t => {
  const digests = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const hash = hashes.open()
      for (let n = 0; n < 30; n++) await hash.update(Buffer.alloc(100_000, i))
      return hash.digest()
    })
  )
  t.same(
    digests,
    digests.map((_, i) => sha256(Buffer.alloc(3_000_000, i)))
  )
})

t.test('the chunk may be used again at once, also one that is a view of a pool', async t => {
  const pool = Buffer.alloc(3_000, 'a')
  const hash = hashes.open()
  const update = hash.update(pool.subarray(1_000, 2_000))
  pool.fill('b')
  await update
  await hash.update(pool.subarray(0, 10))
  t.equal(await hash.digest(), sha256(Buffer.alloc(1_000, 'a'), Buffer.alloc(10, 'b')))
  t.equal(pool.toString('utf8', 0, 2), 'bb', 'the pool is still ours')
})

t.test('one that is dropped does not disturb the others', async t => {
  const [dropped, kept] = [hashes.open(), hashes.open()]
  await Promise.all([dropped.update(randomBytes(5_000_000)), kept.update(Buffer.from('a'))])
  dropped.drop()
  await kept.update(Buffer.from('b'))
  t.equal(await kept.digest(), sha256(Buffer.from('ab')))
})

t.test('it works beside the event loop, not on it', async t => {
  const own = startHashThread()
  const hash = own.open()
  let turns = 0
  const count = setInterval(() => turns++, 1)
  for (let i = 0; i < 20; i++) await hash.update(Buffer.alloc(8 * 1_048_576))
  await hash.digest()
  clearInterval(count)
  t.ok(turns > 0, `${turns} turns of a timer while 160 MiB were hashed`)
  await own.close()
})
