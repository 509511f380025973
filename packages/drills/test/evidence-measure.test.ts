import t from 'tap'
import { type DrillTimes, measureObjectives } from '../src/evidence/measure.ts'

const at = (time: string) => new Date(`2026-11-${time}Z`)
const times = (change: Partial<DrillTimes> = {}): DrillTimes => ({
  startedAt: at('22T03:00:00'),
  snapshotAt: at('20T02:00:00'),
  replacedAt: at('21T02:01:00'),
  restoreSeconds: 60,
  rtoObjectiveSeconds: 60,
  rpoObjectiveSeconds: 86_460,
  ...change
})

t.test('an old backup is judged by the time that it was the newest one', async t => {
  t.same(measureObjectives(times()), {
    restoreSeconds: 60,
    rtoObjectiveSeconds: 60,
    rtoMet: true,
    dataAgeSeconds: 49 * 3_600,
    rpoSeconds: 86_460,
    rpoObjectiveSeconds: 86_460,
    rpoMet: true
  })
})

t.test('the newest backup is judged by its age now', async t => {
  for (const replacedAt of [null, at('22T03:00:01')])
    t.match(measureObjectives(times({ replacedAt })), { rpoSeconds: 49 * 3_600, rpoMet: false })
})

t.test('an objective is missed when it is exceeded', async t => {
  t.match(measureObjectives(times({ restoreSeconds: 60.001 })), { rtoMet: false, rpoMet: true })
  t.match(measureObjectives(times({ rpoObjectiveSeconds: 86_459 })), {
    rtoMet: true,
    rpoMet: false
  })
})

t.test('without an objective or a measurement nothing is said to be met', async t => {
  t.equal(measureObjectives(times({ restoreSeconds: null })).rtoMet, null)
  t.equal(measureObjectives(times({ rtoObjectiveSeconds: null })).rtoMet, null)
  t.equal(measureObjectives(times({ rpoObjectiveSeconds: null })).rpoMet, null)
  t.equal(measureObjectives(times({ restoreSeconds: 0, rtoObjectiveSeconds: 0 })).rtoMet, true)
})

t.test('a clock that is ahead makes no negative age', async t => {
  const measured = measureObjectives(times({ snapshotAt: at('22T03:00:02'), replacedAt: null }))
  t.match(measured, { dataAgeSeconds: 0, rpoSeconds: 0 })
})
