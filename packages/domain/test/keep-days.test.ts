import t from 'tap'
import { completePolicy, keepDays } from '../src/index.ts'

const now = new Date('2026-11-20T12:30:00Z')
const days = (cron: string, retention: object) =>
  keepDays(completePolicy({ schedules: [{ name: 's', cron }], retention }), now)

t.test('the one that stays longest is found whatever the schedule', async t => {
  const retention = { within: '7d', monthly: 12, yearly: 7 }
  for (const cron of ['0 2 * * *', '0 * * * *', '*/5 * * * *']) {
    const { shortest, longest } = days(cron, retention)
    t.equal(shortest, 7, cron)
    t.ok(longest! > 6 * 365 && longest! < 7 * 366, `${cron}: ${longest}`)
  }
})

t.test('rules without an end, and no schedule, have no limit', async t => {
  t.same(days('0 2 * * *', {}), { shortest: null, longest: null })
  t.same(keepDays(completePolicy({ retention: { last: 3 } }), now), {
    shortest: null,
    longest: null
  })
})

t.test('last three of a daily schedule are three days', async t => {
  t.same(days('0 2 * * *', { last: 3 }), { shortest: 3, longest: 3 })
})
