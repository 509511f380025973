/**
 * Years in the life of a policy on a clock of its own: several backups a day, of which some fail and some are damaged,
 * an outage, holds set and released, locks, and a clock that jumps. Retention runs every night.
 */
import t, { type Test } from 'tap'
import type { Retention } from '../src/policy.ts'
import type { RetentionBackup } from '../src/retention/backup.ts'
import { goodOf, isProtected, promised } from './retention-promise.ts'
import { backup, type Context, DAY, HOUR, idsOf, randomOf, survivors } from './retention-support.ts'

interface Life {
  seed: number
  days: number
  timeZone: string
  rules: Retention
  /** Backups are found damaged at any age, and repaired; otherwise on the day they are made. */
  lateDamage?: boolean
}

/** A retention run: what was there before and after it, and every backup that was ever made. */
interface Night {
  all: RetentionBackup[]
  before: RetentionBackup[]
  there: RetentionBackup[]
  context: Context
}

const START = Date.parse('2026-01-01T00:00:00Z')

function* live({ seed, days, timeZone, rules, lateDamage = false }: Life): Generator<Night> {
  const random = randomOf(seed)
  const chance = (probability: number) => random() < probability
  const some = <T>(list: T[]) => list[Math.floor(random() * list.length)]
  const later = (time: number, most: number) => new Date(time + random() * most)
  const all: RetentionBackup[] = []
  let there: RetentionBackup[] = []
  let jump = 0

  const make = (time: number, change: Partial<RetentionBackup>) => {
    const made = backup(new Date(time), {
      id: `${all.length}`,
      state: chance(0.03) ? 'damaged' : 'available',
      lockedUntil: chance(0.2) ? later(time, chance(0.05) ? 900 * DAY : 20 * DAY) : null,
      keepUntil: chance(0.02) ? later(time, 100 * DAY) : null,
      ...change
    })
    all.push(made)
    there.push(made)
  }
  const newestBase = () =>
    goodOf(there)
      .filter(({ kind }) => kind === 'physical')
      .toSorted((a, b) => +b.at - +a.at)[0]?.id ?? null

  for (let day = 0; day < days; day += 1) {
    const midnight = START + day * DAY
    // The last days go well, so that the clock is past all that it ever said.
    const calm = day > days - 12
    if (calm) jump = 0
    else if (chance(0.02)) jump = (random() - 0.3) * 7 * DAY
    else if (chance(0.5)) jump = 0
    const outage = day % 400 > 200 && day % 400 < 215

    for (let hour = 0; hour < 24 && !outage; hour += 4)
      if (!chance(0.05)) make(midnight + (hour + random()) * HOUR + jump, {})
    if (chance(0.1)) make(midnight + random() * DAY + jump, {}) // on demand
    if (!chance(0.05) && !outage)
      make(midnight + 3 * HOUR + jump, {
        kind: 'physical',
        parent: day % 7 === 0 ? null : newestBase()
      })

    const free = some(there.filter(({ hold }) => !hold))
    if (free && chance(0.15)) {
      const until = chance(0.3) ? later(midnight, 200 * DAY) : null
      free.hold = { holder: 'Ana', reason: 'lawsuit', until }
    }
    const held = some(there.filter(({ hold }) => hold))
    if (held && chance(0.03)) held.hold = null
    if (lateDamage && chance(0.2)) {
      const hit = some(there)
      if (hit) hit.state = hit.state === 'damaged' ? 'available' : 'damaged'
    }
    const used = chance(0.3) && !calm ? some(there) : undefined
    if (used) used.inUse = true

    const context: Context = { timeZone, now: new Date(midnight + 23 * HOUR + jump) }
    const before = there
    there = survivors(there, rules, context)
    yield { all, before, there, context }
    if (used) used.inUse = false
  }
}

/** Lives to the end, and sees that no night took what was protected then. */
function liveThrough(t: Test, life: Life): Night {
  let end: Night | undefined
  const lost: string[] = []
  for (const night of live(life)) {
    const left = new Set(night.there)
    for (const each of night.before)
      if (isProtected(each, night.context.now) && !left.has(each)) lost.push(each.id)
    end = night
  }
  t.same(lost, [], 'nothing was removed while it was on hold, locked, asked for or in use')
  return end!
}

/** Of everything that was ever made, exactly what the policy promises at the end is there. */
function checkPromise(t: Test, life: Life) {
  const { all, there, context } = liveThrough(t, life)
  t.same(idsOf(there), idsOf(promised(all, life.rules, context)))
  t.ok(all.length > 6 * life.days, `${all.length} backups were made`)
  t.ok(there.length < all.length / 4, `${there.length} are there`)
  const left = new Set(there)
  const held = all.filter(({ hold }) => hold && (!hold.until || hold.until > context.now))
  const locked = all.filter(({ lockedUntil }) => lockedUntil && lockedUntil > context.now)
  for (const [what, list] of Object.entries({ held, locked })) {
    t.ok(list.length > 3, `${list.length} are ${what}`)
    t.ok(
      list.every(each => left.has(each)),
      `and every one of them is there`
    )
  }
}

const gfs: Retention = {
  last: 5,
  within: '14d',
  hourly: 24,
  daily: 21,
  weekly: 8,
  monthly: 12,
  yearly: 7,
  minimumRedundancy: 3
}

for (const [index, timeZone] of ['UTC', 'America/Havana', 'Europe/Berlin'].entries())
  t.test(`a year ends with what the policy promises, in ${timeZone}`, async t =>
    checkPromise(t, { seed: index + 1, days: 365, timeZone, rules: gfs })
  )

t.test('eight years of monthly and yearly backups, as in health-data', async t =>
  checkPromise(t, {
    seed: 8,
    days: 8 * 365,
    timeZone: 'America/Sao_Paulo',
    rules: { within: '30d', monthly: 84, yearly: 7, minimumRedundancy: 2 }
  })
)

t.test('damage that is found late, and repaired: every night what the policy promises', async t => {
  const life: Life = { seed: 3, days: 500, timeZone: 'Asia/Kolkata', rules: gfs, lateDamage: true }
  const wrong: string[] = []
  for (const { before, there, context } of live(life)) {
    const found = idsOf(there).join()
    const wanted = idsOf(promised(before, life.rules, context)).join()
    if (found !== wanted) wrong.push(context.now.toISOString())
  }
  t.same(wrong, [])
})

t.test('a quiet year by hand: one a night, none fails', async t => {
  const rules: Retention = { daily: 7, weekly: 4, monthly: 12, yearly: 2, minimumRedundancy: 1 }
  const timeZone = 'America/Sao_Paulo'
  let there: RetentionBackup[] = []
  for (let day = 0; day < 365; day += 1) {
    const time = Date.parse('2026-01-01T01:00:00-03:00') + day * DAY
    there.push(backup(new Date(time), { id: new Date(time - 3 * HOUR).toISOString().slice(0, 10) }))
    there = survivors(there, rules, { timeZone, now: new Date(time + HOUR) })
  }
  t.same(
    idsOf(there),
    [
      ...['01-31', '02-28', '03-31', '04-30', '05-31', '06-30', '07-31', '08-31', '09-30'],
      ...['10-31', '11-30'],
      ...['12-13', '12-20', '12-25', '12-26', '12-27', '12-28', '12-29', '12-30', '12-31']
    ].map(day => `2026-${day}`)
  )
})
