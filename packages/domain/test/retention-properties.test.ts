import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { Retention } from '../src/policy.ts'
import type { RetentionBackup } from '../src/retention/backup.ts'
import { decideRetention } from '../src/retention/decide-retention.ts'
import { byAge, goodOf, groupsOf, isProtected, promised, wantedOf } from './retention-promise.ts'
import { backup, type Context, DAY, idsOf, survivors, zones } from './retention-support.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')

/** Minutes from now: many of the last days, some of years, some in the future. */
const minutes = fc.oneof(
  fc.integer({ min: -5 * 1440, max: 0 }),
  fc.integer({ min: -60 * 1440, max: 0 }),
  fc.integer({ min: -1200 * 1440, max: 0 }),
  fc.integer({ min: 0, max: 400 * 1440 }),
  // To the hour: several of the same moment, and exactly on the borders of periods.
  fc.integer({ min: -72, max: 2 }).map(hours => hours * 60)
)
const moment = minutes.map(count => new Date(NOW + count * 60_000))
const seldom = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 5, nil: null })

const shape = fc.record({
  at: moment,
  kind: fc.constantFrom('logical', 'logical', 'physical'),
  repositoryId: fc.constantFrom('main', 'main', 'copy'),
  state: fc.constantFrom('available' as const, 'available' as const, 'damaged' as const),
  keepUntil: seldom(moment),
  hold: seldom(
    fc.record(
      {
        holder: fc.constant('Ana'),
        reason: fc.constant('lawsuit'),
        until: fc.option(moment, { nil: null })
      },
      { noNullPrototype: true }
    )
  ),
  lockedUntil: seldom(moment),
  parent: seldom(fc.integer({ min: 0, max: 40 }).map(String)),
  inUse: fc.integer({ min: 0, max: 9 }).map(number => number === 0)
})

/** Ids are numbers in the order of the list; a parent may be missing, and may be its own grandchild. */
const numbered = (shapes: Omit<RetentionBackup, 'id'>[]): RetentionBackup[] =>
  shapes.map((each, index) => ({ ...each, id: String(index) }))
const backups = fc.array(shape, { maxLength: 40 }).map(numbered)

const few = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined })
const rules = fc
  .record({
    last: few,
    within: fc.option(fc.constantFrom('6h', '36h', '30d', '8w', '2y'), { freq: 1, nil: undefined }),
    hourly: few,
    daily: few,
    weekly: few,
    monthly: few,
    yearly: few,
    minimumRedundancy: fc.integer({ min: 1, max: 4 })
  })
  .map(given => JSON.parse(JSON.stringify(given)) as Retention)
const oneRule = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'),
      fc.integer({ min: 1, max: 5 })
    )
    .map(([name, count]): Retention => ({ [name]: count, minimumRedundancy: 1 })),
  fc.constantFrom<Retention>({ within: '36h', minimumRedundancy: 1 })
)
const context = fc
  .record({ timeZone: fc.constantFrom(...zones), later: fc.integer({ min: -3, max: 400 }) })
  .map(({ timeZone, later }): Context => ({ timeZone, now: new Date(NOW + later * DAY) }))

/** fast-check says the seed and the smallest example that fails. */
const holds = <T>(t: Test, property: fc.IRawProperty<T>) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))

type Case = [RetentionBackup[], Retention, Context]
const always = (check: (...of: Case) => void) => fc.property(backups, rules, context, check)

t.test('what stays is what the policy promises', async t => {
  holds(
    t,
    always((backups, rules, context) =>
      assert.deepEqual(
        idsOf(survivors(backups, rules, context)),
        idsOf(promised(backups, rules, context))
      )
    )
  )
})

t.test('kept is what a rule wants, blocked what stays for another reason', async t => {
  holds(
    t,
    always((backups, rules, context) => {
      const wanted = groupsOf(backups.filter(({ at }) => at <= context.now)).flatMap(group => [
        ...wantedOf(group, rules, context)
      ])
      const decisions = decideRetention(backups, rules, context)
      assert.deepEqual(idsOf(decisions.filter(({ action }) => action === 'keep')), idsOf(wanted))
    })
  )
})

t.test('one decision with a reason for each, newest first', async t => {
  holds(
    t,
    always((backups, rules, context) => {
      const decisions = decideRetention(backups, rules, context)
      assert.deepEqual(
        decisions.map(({ id }) => id),
        byAge(backups).map(({ id }) => id)
      )
      for (const { reasons } of decisions) assert.ok(reasons.length > 0 && reasons.every(Boolean))
    })
  )
})

t.test('the order of the backups does not matter, and they stay as they were', async t => {
  holds(
    t,
    fc.property(
      backups.chain(list =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))
      ),
      rules,
      context,
      ([backups, shuffled], rules, context) => {
        const before = structuredClone(backups)
        assert.deepEqual(
          decideRetention(shuffled, rules, context),
          decideRetention(backups, rules, context)
        )
        assert.deepEqual(backups, before)
      }
    )
  )
})

t.test('the time zone of this machine does not matter', async t => {
  const machine = process.env.TZ
  t.teardown(() => {
    if (machine === undefined) delete process.env.TZ
    else process.env.TZ = machine
  })
  const decideIn = (zone: string, ...of: Case) => {
    process.env.TZ = zone
    return decideRetention(...of)
  }
  holds(
    t,
    always((...of) =>
      assert.deepEqual(decideIn('Pacific/Kiritimati', ...of), decideIn('America/Havana', ...of))
    )
  )
})

t.test('no group loses its last, its newest good one, or more good ones than it may', async t => {
  holds(
    t,
    always((backups, rules, context) => {
      const left = new Set(survivors(backups, rules, context))
      for (const group of groupsOf(backups)) {
        const good = byAge(goodOf(group))
        const past = good.filter(({ at }) => at <= context.now)
        const stay = group.filter(each => left.has(each))
        assert.ok(stay.length > 0)
        assert.ok(goodOf(stay).length >= Math.min(rules.minimumRedundancy, good.length))
        for (const newest of [good[0], past[0]]) assert.ok(!newest || left.has(newest))
      }
    })
  )
})

t.test('what is on hold, locked, in use, asked for or needed stays', async t => {
  holds(
    t,
    always((backups, rules, context) => {
      const left = new Set(survivors(backups, rules, context))
      const needed = new Set([...left].map(({ parent }) => parent))
      for (const each of backups) {
        if (isProtected(each, context.now)) assert.ok(left.has(each), `${each.id} is protected`)
        if (needed.has(each.id)) assert.ok(left.has(each), `${each.id} is needed`)
      }
    })
  )
})

t.test(
  'after removing what may go, nothing more goes, and for the rest all is the same',
  async t => {
    holds(
      t,
      always((backups, rules, context) => {
        const first = decideRetention(backups, rules, context)
        const second = decideRetention(survivors(backups, rules, context), rules, context)
        assert.deepEqual(
          second,
          first.filter(({ action }) => action !== 'remove')
        )
      })
    )
  }
)

t.test('removing only a part of what may go loses nothing of the rest either', async t => {
  holds(
    t,
    fc.property(backups, rules, context, fc.infiniteStream(fc.boolean()), (...of) => {
      const [backups, rules, context, gone] = of
      const left = new Set(survivors(backups, rules, context))
      const some = backups.filter(each => left.has(each) || gone.next().value)
      assert.deepEqual(idsOf(survivors(some, rules, context)), idsOf(left))
    })
  )
})

t.test('a backup more: what could go before still goes', async t => {
  holds(
    t,
    fc.property(backups, rules, context, shape, (backups, rules, context, more) => {
      const added = { ...more, id: 'added', parent: null }
      const before = new Set(survivors(backups, rules, context))
      for (const each of survivors([...backups, added], rules, context))
        assert.ok(before.has(each) || each.id === 'added')
    })
  )
})

t.test('a backup more: each rule wants as many as before, and at most one is replaced', async t => {
  holds(
    t,
    fc.property(fc.array(moment, { maxLength: 40 }), oneRule, context, moment, (...of) => {
      const [moments, rule, context, at] = of
      const backups = moments.map((at, index) => backup(at, { id: String(index) }))
      const added = backup(at, { id: 'added' })
      const wanted = (list: RetentionBackup[]) =>
        new Set(
          decideRetention(list, rule, context)
            .filter(({ action }) => action === 'keep')
            .map(({ id }) => id)
        )
      const before = wanted(backups)
      const after = wanted([...backups, added])
      const lost = backups.filter(({ id }) => before.has(id) && !after.has(id))
      assert.ok(after.size >= before.size)
      assert.ok(lost.length <= (after.has('added') ? 1 : 0), 'only in favour of the one added')
      for (const each of lost) assert.ok(+each.at <= at.getTime(), 'and only of a newer one')
    })
  )
})

t.test('a backup more that is older than all: every good one stays as it was', async t => {
  holds(
    t,
    always((backups, rules, context) => {
      const older = backup(new Date(NOW - 5000 * DAY), { id: '!' })
      const good = new Set(goodOf(backups).map(({ id }) => id))
      const ofGood = (list: RetentionBackup[]) =>
        decideRetention(list, rules, context).filter(({ id }) => good.has(id))
      assert.deepEqual(ofGood([...backups, older]), ofGood(backups))
    })
  )
})

t.test('time that passes without a backup takes only what was within', async t => {
  holds(
    t,
    fc.property(fc.array(moment, { maxLength: 40 }), rules, context, (moments, rules, context) => {
      const { within: _, ...others } = rules
      const backups = moments.map((at, index) => backup(at, { id: String(index) }))
      const much = { ...context, now: new Date(context.now.getTime() + 9999 * DAY) }
      const past = backups.filter(({ at }) => at <= context.now)
      assert.deepEqual(
        idsOf(survivors(past, others, much)),
        idsOf(survivors(past, others, context))
      )
    })
  )
})
