import t from 'tap'
import { maintenanceAt } from '../src/schedule/maintenance.ts'
import { upcoming } from '../src/schedule/upcoming.ts'

const at = (time: string) => new Date(time)
const window = (cron: string, minutes: number, reason = '') => ({ cron, minutes, reason })
const untilOf = (windows: ReturnType<typeof window>[], time: string, zone = 'UTC') =>
  maintenanceAt(windows, zone, at(time))?.until.toISOString().replace(':00.000Z', 'Z')

t.test('a window has its beginning and not its end', async t => {
  const night = [window('0 1 * * *', 120, 'storage upgrade')]
  t.equal(untilOf(night, '2026-05-05T00:59:59.999Z'), undefined)
  t.same(maintenanceAt(night, 'UTC', at('2026-05-05T01:00Z')), {
    until: at('2026-05-05T03:00Z'),
    reason: 'storage upgrade'
  })
  t.equal(untilOf(night, '2026-05-05T02:59:59.999Z'), '2026-05-05T03:00Z')
  t.equal(untilOf(night, '2026-05-05T03:00Z'), undefined)
  t.equal(untilOf([], '2026-05-05T03:00Z'), undefined)
})

t.test('windows are in local time and as long as they say in real time', async t => {
  const night = [window('0 1 * * *', 120)]
  t.equal(untilOf(night, '2026-05-05T04:30Z', 'America/Sao_Paulo'), '2026-05-05T06:00Z')
  t.equal(untilOf(night, '2026-03-08T06:30Z', 'America/New_York'), '2026-03-08T08:00Z')
})

t.test('the end is that of all windows that overlap or follow at once', async t => {
  const windows = [
    window('0 3 * * *', 60, 'third'),
    window('0 1 * * *', 90, 'first'),
    window('0 2 * * *', 60, 'second')
  ]
  t.same(maintenanceAt(windows, 'UTC', at('2026-05-05T01:10Z')), {
    until: at('2026-05-05T04:00Z'),
    reason: 'first'
  })
  t.equal(
    untilOf([window('0 1 * * *', 120), window('30 1 * * *', 5)], '2026-05-05T01:31Z'),
    '2026-05-05T03:00Z'
  )
  t.equal(untilOf([window('0 0-5 * * *', 60)], '2026-05-05T00:30Z'), '2026-05-05T06:00Z', 'itself')
  t.equal(
    untilOf([window('0 1 * * *', 59), window('0 2 * * *', 60)], '2026-05-05T01:30Z'),
    '2026-05-05T01:59Z'
  )
})

t.test('a window that never ends has an end at which to look again', async t => {
  const until = untilOf([window('* * * * *', 1)], '2026-05-05T01:00:30Z')!
  t.ok(until > '2026-05-05T02:00Z', until)
})

const schedules = [
  { name: 'weekly', cron: '0 2 * * 0', jitterSeconds: 600 },
  { name: 'daily', cron: '0 1 * * *', jitterSeconds: 0 }
]
const shown = (policy: Parameters<typeof upcoming>[0], from: string, count: number) =>
  upcoming(policy, at(from), count).map(
    ({ schedule, at }) => `${schedule} ${at.toISOString().slice(5, 16)}`
  )

t.test('shows the next starts of all schedules in order, without jitter', async t => {
  const policy = { schedules, timeZone: 'UTC', maintenance: [] }
  t.same(shown(policy, '2026-05-08T01:00Z', 4), [
    'daily 05-09T01:00',
    'daily 05-10T01:00',
    'weekly 05-10T02:00',
    'daily 05-11T01:00'
  ])
  t.same(upcoming(policy, at('2026-05-08T01:00Z'), 0), [])
  t.same(upcoming({ ...policy, schedules: [] }, at('2026-05-08T01:00Z'), 4), [])
})

t.test('what falls into a window is shown once, at its end', async t => {
  const hourly = [{ name: 'hourly', cron: '0 * * * *', jitterSeconds: 0 }]
  const policy = { schedules: hourly, timeZone: 'UTC', maintenance: [window('30 1 * * *', 120)] }
  t.same(shown(policy, '2026-05-05T00:30Z', 4), [
    'hourly 05-05T01:00',
    'hourly 05-05T03:30',
    'hourly 05-05T04:00',
    'hourly 05-05T05:00'
  ])
  t.same(shown(policy, '2026-05-05T03:10Z', 1), ['hourly 05-05T03:30'], 'it waits already')
  t.same(shown(policy, '2026-05-05T01:40Z', 1), ['hourly 05-05T03:30'], 'it will wait')
  t.same(
    shown({ ...policy, maintenance: [window('30 1 * * *', 90)] }, '2026-05-05T01:40Z', 2),
    ['hourly 05-05T03:00', 'hourly 05-05T04:00'],
    'an occurrence at the end is the same start'
  )
})
