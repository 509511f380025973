import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Retention } from '../src/policy.ts'
import type { RetentionBackup } from '../src/retention/backup.ts'
import { byAge, goodOf, groupsOf, isProtected } from './retention-promise.ts'
import { backup, DAY, HOUR, survivors } from './retention-support.ts'

/** What can happen to the backups of a policy, with a number that chooses which of them, or how long. */
const operations = [
  'backup',
  'incremental',
  'fail',
  'damage',
  'repair',
  'hold',
  'release',
  'lock',
  'use',
  'finish',
  'jump',
  'retention'
] as const
type Operation = [name: (typeof operations)[number], number: number]

const operation: fc.Arbitrary<Operation> = fc.tuple(
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom<Operation[0]>('backup', 'retention') },
    { weight: 1, arbitrary: fc.constantFrom(...operations) }
  ),
  fc.nat(1_000_000)
)

const strictRules = fc.constantFrom<Omit<Retention, 'minimumRedundancy'>>(
  { last: 1 },
  { last: 3 },
  { within: '1h' },
  { within: '30d', monthly: 2 },
  { daily: 2, weekly: 1 },
  { hourly: 3, yearly: 1 }
)

interface World {
  now: number
  made: number
  there: RetentionBackup[]
}

function happen(world: World, [name, number]: Operation, rules: Retention) {
  const { there } = world
  const one = there[number % there.length]
  const soon = () => new Date(world.now + (number % 40) * DAY)
  world.now += HOUR + (number % 24) * HOUR
  if (name === 'jump') world.now += ((number % 201) - 100) ** 3 * HOUR // up to 114 years, either way
  if (name === 'backup' || name === 'incremental') {
    const parent = name === 'incremental' ? (one?.id ?? null) : null
    const kind = number % 3 === 0 ? 'physical' : 'logical'
    world.made += 1
    there.push(backup(new Date(world.now), { id: String(world.made), kind, parent }))
  }
  if (name === 'retention') checkedRetention(world, rules)
  if (!one) return
  if (name === 'damage') one.state = 'damaged'
  if (name === 'repair') one.state = 'available'
  if (name === 'hold')
    one.hold = { holder: 'Ana', reason: 'audit', until: number % 2 ? soon() : null }
  if (name === 'release') one.hold = null
  if (name === 'lock') one.lockedUntil = soon()
  if (name === 'use') one.inUse = true
  if (name === 'finish') one.inUse = false
}

function checkedRetention(world: World, rules: Retention) {
  const now = new Date(world.now)
  const before = world.there
  world.there = survivors(before, rules, { timeZone: 'America/Sao_Paulo', now })
  const left = new Set(world.there)
  const parents = new Set(world.there.map(({ parent }) => parent))
  for (const each of before) {
    if (isProtected(each, now)) assert.ok(left.has(each), `${each.id} is protected`)
    if (parents.has(each.id)) assert.ok(left.has(each), `${each.id} is needed`)
  }
  for (const group of groupsOf(before)) {
    const good = byAge(goodOf(group))
    const stay = group.filter(each => left.has(each))
    assert.ok(stay.length > 0, 'no group is emptied')
    for (const newest of [good[0], good.find(({ at }) => at <= now)])
      assert.ok(!newest || left.has(newest), 'the newest good one stays, also that up to now')
    assert.ok(goodOf(stay).length >= Math.min(rules.minimumRedundancy, good.length), 'as do enough')
  }
}

t.test('whatever happens, the last good backup is never lost', async t => {
  const property = fc.property(
    fc.array(operation, { maxLength: 150, size: 'max' }),
    strictRules,
    fc.integer({ min: 1, max: 3 }),
    (operations, rules, minimumRedundancy) => {
      const world: World = { now: Date.parse('2026-11-20T12:00:00Z'), made: 0, there: [] }
      for (const each of operations) happen(world, each, { ...rules, minimumRedundancy })
    }
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 400 }))
})
