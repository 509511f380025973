import t from 'tap'
import { isFinished, retryDelayMs, runStatuses } from '../src/index.ts'

t.test('a run is finished in exactly three of its states', async t => {
  t.same(runStatuses.filter(isFinished), ['succeeded', 'failed', 'cancelled'])
})

t.test('the wait doubles with every attempt', async t => {
  t.same(
    [1, 2, 3, 4].map(attempt => retryDelayMs(attempt, 15_000, 0)),
    [15_000, 30_000, 60_000, 120_000]
  )
})

t.test('an hour is the most, also where doubling leaves the numbers', async t => {
  t.equal(retryDelayMs(9, 15_000, 0), 3_600_000)
  t.equal(retryDelayMs(5_000, 15_000, 0), 3_600_000)
})

t.test('jitter only adds, and a quarter at most', async t => {
  t.equal(retryDelayMs(1, 1_000, 0), 1_000)
  t.equal(retryDelayMs(1, 1_000, 0.5), 1_125)
  for (const jitter of [0, 0.1, 0.37, 0.999_999]) {
    const delay = retryDelayMs(3, 1_000, jitter)
    t.ok(delay >= 4_000 && delay <= 5_000 && Number.isInteger(delay), `${jitter}: ${delay}`)
  }
})

t.test('no wait stays no wait', async t => {
  t.equal(retryDelayMs(3, 0, 0.9), 0)
})
