import t from 'tap'
import { secretAge } from '../src/secret-age.ts'

const secret = {
  name: 'jwt',
  owner: 'ana',
  rotatedAt: new Date('2026-01-10T12:00:00.000Z'),
  rotateDays: 90
}
const dueAt = new Date('2026-04-10T12:00:00.000Z')

t.test('a secret is due after its interval, and soon due in the two weeks before', async t => {
  const table = [
    ['2026-01-10T12:00:00.000Z', 'ok'],
    ['2026-03-27T11:59:59.999Z', 'ok'],
    ['2026-03-27T12:00:00.000Z', 'soon'],
    ['2026-04-10T11:59:59.999Z', 'soon'],
    ['2026-04-10T12:00:00.000Z', 'due'],
    ['2027-01-01T00:00:00.000Z', 'due']
  ] as const
  for (const [now, state] of table)
    t.same(secretAge(secret, new Date(now)), { name: 'jwt', owner: 'ana', dueAt, state }, now)
})

t.test('the interval begins anew with each rotation', async t => {
  const now = new Date('2026-04-11T00:00:00Z')
  t.equal(secretAge({ ...secret, rotatedAt: now }, now).state, 'ok')
})
