import t from 'tap'
import { storages, withMetrics } from '../src/index.ts'
import { digest, endingIn, inPieces, random, thrownBy } from './bodies.ts'

t.test('counts the bytes that pass, both ways', async t => {
  const counted = { read: 0, write: 0 }
  const storage = withMetrics(storages.local.open({ path: t.testdir() }), (direction, bytes) => {
    counted[direction] += bytes
  })
  await storage.write('a', inPieces(random(1_000_000)))
  t.same(counted, { read: 0, write: 1_000_000 })
  await digest(await storage.read('a'))
  await digest(await storage.read('a'))
  t.same(counted, { read: 2_000_000, write: 1_000_000 })
  const died = new Error('source died')
  t.equal(await thrownBy(storage.write('b', endingIn(500, died).body)), died)
  t.equal(counted.write, 1_000_500, 'what was sent in vain was sent')
})
