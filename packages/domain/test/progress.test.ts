import t from 'tap'
import { progressOf } from '../src/index.ts'

t.test('rate is units a second, the ETA what is left at that rate', async t => {
  t.same(progressOf(300, 1_000, 3_000, 'bytes'), {
    done: 300,
    total: 1_000,
    unit: 'bytes',
    rate: 100,
    etaSeconds: 7
  })
  t.equal(progressOf(300, 1_050, 3_000, 'bytes').etaSeconds, 8, 'a begun second counts')
})

t.test('no ETA before anything is known', async t => {
  t.match(progressOf(0, 1_000, 0, 'bytes'), { rate: 0, etaSeconds: null }, 'no time has passed')
  t.match(progressOf(5, 1_000, 0, 'bytes'), { rate: 0, etaSeconds: null }, 'not Infinity')
  t.match(progressOf(0, 1_000, 9_000, 'bytes'), { rate: 0, etaSeconds: null }, 'nothing done')
  t.match(progressOf(0, 1_000, -50, 'bytes'), { rate: 0, etaSeconds: null }, 'a clock set back')
})

t.test('no ETA without an estimate, nor when it proved too low', async t => {
  t.match(progressOf(300, null, 3_000, 'bytes'), { total: null, rate: 100, etaSeconds: null })
  t.match(progressOf(1_001, 1_000, 1_000, 'bytes'), { rate: 1_001, etaSeconds: null })
})

t.test('done is done: nothing is left', async t => {
  t.equal(progressOf(1_000, 1_000, 1_000, 'tables').etaSeconds, 0)
})

t.test('sizes beyond 32 bits keep their value', async t => {
  const terabyte = 2 ** 40
  t.match(progressOf(terabyte, 4 * terabyte, 1_000_000, 'bytes'), {
    done: 1_099_511_627_776,
    rate: 1_099_511_628,
    etaSeconds: 3_000
  })
})
