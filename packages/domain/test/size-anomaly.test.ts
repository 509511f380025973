import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { sizeFinding } from '../src/size-anomaly.ts'

type Limits = Parameters<typeof sizeFinding>[2]
const usual: Limits = { sizeChangePercent: 50, sizeSamples: 10 }
const thousand = [1_000, 1_000, 1_000]

t.test('each limit, at it and beyond', async t => {
  const table: [string, number, number[], Partial<Limits>, 'warning' | 'critical' | undefined][] = [
    ['as ever', 1_000, thousand, {}, undefined],
    ['half', 500, thousand, {}, undefined],
    ['less than half', 499, thousand, {}, 'warning'],
    ['half of what is ordinary', 250, thousand, {}, 'warning'],
    ['less than that', 249, thousand, {}, 'critical'],
    ['nothing', 0, thousand, {}, 'critical'],
    ['half more', 1_500, thousand, {}, undefined],
    ['more than half more', 1_501, thousand, {}, 'warning'],
    ['a hundred times', 100_000, thousand, {}, 'warning'],
    ['two samples', 1, [1_000, 1_000], {}, undefined],
    ['no samples', 1, [], {}, undefined],
    ['off', 1, thousand, { sizeChangePercent: 0 }, undefined],
    ['any shrinking allowed', 0, thousand, { sizeChangePercent: 100 }, undefined],
    ['any shrinking allowed, growing not', 2_001, thousand, { sizeChangePercent: 100 }, 'warning'],
    ['at the least', 100, [], { minBytes: 100 }, undefined],
    ['below the least', 99, [], { minBytes: 100 }, 'critical'],
    ['at the most', 100, [], { maxBytes: 100 }, undefined],
    ['above the most', 101, [], { maxBytes: 100 }, 'warning'],
    ['above a most of nothing', 1, [], { maxBytes: 0 }, 'warning'],
    [
      'limits hold with the median off',
      99,
      thousand,
      { minBytes: 100, sizeChangePercent: 0 },
      'critical'
    ],
    [
      'limits hold where the median would say nothing',
      1_001,
      thousand,
      { maxBytes: 1_000 },
      'warning'
    ],
    ['one outlier before does not count', 1_000, [1_000, 9, 1_000], {}, undefined],
    ['median of an even number', 750, [500, 2_000, 1_000, 2_000], {}, undefined],
    ['below that', 749, [500, 2_000, 1_000, 2_000], {}, 'warning'],
    [
      'only the newest samples count',
      100,
      [100, 100, 100, 900, 900, 900, 900],
      { sizeSamples: 3 },
      undefined
    ],
    ['numbers, not text, are sorted', 1_000, [900, 1_000, 10_000], {}, undefined]
  ]
  for (const [name, newest, earlier, change, level] of table)
    t.equal(sizeFinding(newest, earlier, { ...usual, ...change })?.level, level, name)
})

t.test('it says which way, and what it was compared with', async t => {
  t.match(sizeFinding(400, thousand, usual), {
    message: /400 bytes, too few: the median of the 3 before is 1000/,
    hint: /data may be gone/
  })
  t.match(sizeFinding(2_000, thousand, usual), { message: /2000 bytes, too many/, hint: /grew/ })
})

const sizes = fc.array(fc.nat(1_000_000), { maxLength: 20 })

t.test('absolute limits hold whatever was before', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.nat(1_000_000), sizes, fc.nat(300), (newest, earlier, sizeChangePercent) => {
        const limits = { minBytes: 1_000, maxBytes: 500_000, sizeChangePercent, sizeSamples: 10 }
        const level = sizeFinding(newest, earlier, limits)?.level
        if (newest < 1_000) assert.equal(level, 'critical')
        if (newest > 500_000) assert.equal(level, 'warning')
      })
    )
  )
})

t.test('the order of the samples does not matter, nor is it changed', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.nat(1_000_000), sizes, (newest, earlier) => {
        const before = [...earlier]
        const limits = { ...usual, sizeSamples: 20 }
        assert.deepEqual(
          sizeFinding(newest, earlier, limits),
          sizeFinding(newest, earlier.toReversed(), limits)
        )
        assert.deepEqual(earlier, before)
      })
    )
  )
})

t.test('a size between the smallest and largest ordinary one is no anomaly', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(99), (size, percent) => {
        const same = [size, size, size]
        assert.equal(
          sizeFinding(size, same, { sizeChangePercent: percent, sizeSamples: 3 }),
          undefined
        )
      })
    )
  )
})
