import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { mayMove, needsRetrieval } from '../src/lifecycle/classes.ts'
import type { LifecycleFacts } from '../src/lifecycle/conflict.ts'
import { lifecycleConflicts } from '../src/lifecycle/conflicts.ts'
import { type LifecycleRule, lifecycleRules } from '../src/lifecycle/rules.ts'
import { storagePath, type TierSpec } from '../src/lifecycle/tiers.ts'

/** RPO a day, RTO four hours, two backups at least: the newest are up to two days old. */
const spec: TierSpec = {
  tiers: [],
  objectives: {
    rpoMinutes: 1_440,
    rtoMinutes: 240,
    verifyDays: 45,
    sizeChangePercent: 50,
    sizeSamples: 10
  },
  retention: { minimumRedundancy: 2 }
}
const tier = (name: string, afterDays: number) => ({ class: name, afterDays })
const rto = (rtoMinutes: number) => ({ objectives: { ...spec.objectives, rtoMinutes } })
const policyName = 'nightly'
const prefix = 'backups/shop/'

const rulesOf = (change: Partial<TierSpec>, more = {}) =>
  lifecycleRules({
    policyName,
    prefix,
    spec: { ...spec, ...change },
    longestKeepDays: 400,
    ...more
  })

t.test('a policy without tiers: unfinished uploads and old versions go, backups stay', async t => {
  t.same(rulesOf({}), [
    {
      id: 'resguardo-nightly',
      prefix,
      enabled: true,
      transitions: [],
      abortUploadsDays: 7,
      expireNoncurrentDays: 30
    }
  ])
})

t.test('tiers become transitions by age, without the class that is written to at once', async t => {
  const tiers = [tier('GLACIER', 120), tier('GLACIER_IR', 0), tier('DEEP_ARCHIVE', 400)]
  t.same(rulesOf({ tiers })[0]!.transitions, [
    { days: 120, class: 'GLACIER' },
    { days: 400, class: 'DEEP_ARCHIVE' }
  ])
})

t.test(
  'S3 expires backups only where it is asked to, and never if one is kept without limit',
  async t => {
    t.equal(rulesOf({}, { expiryBackstop: true })[0]!.expireDays, 430)
    t.notOk('expireDays' in rulesOf({}, { expiryBackstop: true, longestKeepDays: null })[0]!)
    t.notOk('expireDays' in rulesOf({}, { expiryBackstop: false })[0]!)
  }
)

t.test(
  'a class that takes longer to read than the RTO allows is kept from the newest backups',
  async t => {
    const table: [string, ReturnType<typeof tier>, Partial<TierSpec>, boolean][] = [
      ['at once', tier('GLACIER', 0), {}, true],
      ['while the newest may be there', tier('GLACIER', 1), {}, true],
      ['after the newest', tier('GLACIER', 2), {}, false],
      ['with as much time as it takes', tier('GLACIER', 0), rto(300), false],
      ['with a minute less', tier('GLACIER', 0), rto(299), true],
      ['deep archive in twelve hours', tier('DEEP_ARCHIVE', 0), rto(720), false],
      ['deep archive in less', tier('DEEP_ARCHIVE', 0), rto(719), true],
      ['read at once', tier('GLACIER_IR', 0), rto(1), false],
      ['unknown', tier('COLD', 0), rto(1), false]
    ]
    for (const [name, cold, change, isLeftOut] of table) {
      const path = storagePath({ ...spec, ...change, tiers: [cold] })
      t.equal(!path.some(step => step.class === cold.class), isLeftOut, name)
    }
    t.same(storagePath({ ...spec, tiers: [tier('GLACIER', 0), tier('GLACIER_IR', 30)] }), [
      tier('STANDARD', 0),
      tier('GLACIER_IR', 30)
    ])
  }
)

t.test('which class needs hours to be read', async t => {
  const hours = ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ONEZONE_IA', 'GLACIER_IR', 'X']
  for (const name of hours) t.equal(needsRetrieval(name), 0, name)
  t.equal(needsRetrieval('GLACIER'), 5)
  t.equal(needsRetrieval('DEEP_ARCHIVE'), 12)
})

t.test('objects move down only', async t => {
  t.ok(mayMove('STANDARD', 'DEEP_ARCHIVE'))
  t.ok(mayMove('INTELLIGENT_TIERING', 'ONEZONE_IA'))
  t.ok(mayMove('ONEZONE_IA', 'GLACIER'))
  t.notOk(mayMove('ONEZONE_IA', 'GLACIER_IR'))
  t.notOk(mayMove('INTELLIGENT_TIERING', 'STANDARD_IA'))
  t.notOk(mayMove('GLACIER', 'GLACIER'))
  t.notOk(mayMove('GLACIER_IR', 'STANDARD'))
  t.ok(mayMove('COLD', 'STANDARD') && mayMove('STANDARD', 'COLD'), 'classes of other stores')
})

const rule = (change: Partial<LifecycleRule>): LifecycleRule => ({
  id: 'theirs',
  prefix: '',
  enabled: true,
  transitions: [],
  ...change
})
type Change = Omit<Partial<LifecycleFacts>, 'spec'> & { spec?: Partial<LifecycleFacts['spec']> }

const conflicts = (change: Change) =>
  lifecycleConflicts({
    rules: [],
    prefix,
    capabilities: { objectLock: true, versioned: true },
    keepDays: { shortest: 30, longest: 400 },
    ...change,
    spec: { ...spec, ...change.spec }
  })
const said = (change: Change) =>
  conflicts(change).map(({ level, message }) => `${level} ${message}`)

t.test('the rules that fit a policy are in no conflict with it', async t => {
  const tiers = [tier('STANDARD_IA', 30), tier('GLACIER', 120)]
  const rules = rulesOf({ tiers })
  t.same(conflicts({ spec: { tiers, lock: { mode: 'governance' } }, rules }), [])
})

t.test('an expiry of the bucket', async t => {
  const expires = (expireDays: number, change: Partial<LifecycleRule> = {}, more: Change = {}) =>
    said({ rules: [rule({ expireDays, ...change })], ...more })
  t.match(expires(399), [/^critical Rule "theirs".*hides backups after 399.*up to 400 days/])
  t.match(expires(400), [/^warning .*neither of holds/])
  t.match(expires(9_999, {}, { keepDays: { shortest: null, longest: null } }), [
    /^critical .*without limit/
  ])
  t.match(expires(1, {}, { capabilities: { objectLock: false, versioned: false } }), [/deletes/])
  t.equal(expires(1, { prefix: 'backups/' }).length, 1, 'around')
  t.equal(expires(1, { prefix: 'backups/shop/backups/2' }).length, 1, 'within')
  t.same(expires(1, { prefix: 'backups/shop2/' }), [], 'beside')
  t.same(expires(1, { prefix: 'logs/' }), [], 'elsewhere')
  t.same(expires(1, { enabled: false }), [], 'off')
  t.same(said({ rules: [rule({ expireNoncurrentDays: 1, abortUploadsDays: 1 })] }), [])
})

t.test('a rule of the bucket that moves the newest backups where reading takes hours', async t => {
  const moves = (days: number, name: string) =>
    said({ rules: [rule({ transitions: [{ days, class: name }] })] })
  t.match(moves(1, 'DEEP_ARCHIVE'), [
    /^warning Rule "theirs".*DEEP_ARCHIVE after 1 .*12 h.*240 min/
  ])
  t.same(moves(2, 'DEEP_ARCHIVE'), [])
  t.same(moves(1, 'GLACIER_IR'), [])
})

t.test('a rule of the bucket that is not understood whole', async t => {
  t.match(said({ rules: [rule({ other: true })] }), [/^warning Rule "theirs".*tags, sizes, dates/])
  t.equal(said({ rules: [rule({ other: true, expireDays: 9_999 })] }).length, 1, 'said once')
  t.same(said({ rules: [rule({ other: true, prefix: 'logs/' })] }), [])
})

t.test('days are said whole, and compared as they are', async t => {
  const keepDays = { shortest: 30.04, longest: 400.5 }
  t.match(said({ rules: [rule({ expireDays: 400 })], keepDays }), [/^critical .*up to 400 days/])
})

t.test('locks', async t => {
  const lock = { mode: 'compliance' } as const
  const capabilities = { objectLock: false, versioned: true }
  t.match(said({ spec: { lock }, capabilities }), [/^critical .*no object lock/])
  t.same(said({ capabilities }), [], 'none wanted')
  t.same(said({ spec: { lock: { ...lock, maxDays: 400 } } }), [])
  t.match(said({ spec: { lock: { ...lock, maxDays: 401 } } }), [/^warning .*401.*400 days/])
  t.same(
    said({ spec: { lock: { ...lock, maxDays: 9_999 } }, keepDays: { shortest: 1, longest: null } }),
    []
  )
})

t.test('what S3 refuses', async t => {
  const refused = (...tiers: ReturnType<typeof tier>[]) =>
    said({ spec: { tiers }, keepDays: { shortest: null, longest: null } })
  t.match(refused(tier('STANDARD_IA', 29)), [/^critical .*STANDARD_IA after 29 days/])
  t.same(refused(tier('STANDARD_IA', 30)), [])
  t.same(refused(tier('STANDARD_IA', 0)), [], 'written there at once')
  t.match(refused(tier('GLACIER', 30), tier('GLACIER_IR', 300)), [
    /^critical .*GLACIER to GLACIER_IR/
  ])
  t.match(refused(tier('STANDARD', 30)), [/^critical .*STANDARD to STANDARD/])
  t.match(refused(tier('GLACIER', 30), tier('GLACIER_IR', 30)), [/^critical .*two classes.*day 30/])
  t.match(refused(tier('GLACIER_IR', 4), tier('DEEP_ARCHIVE', 93)), [/^critical .*minimum of 90/])
  t.same(refused(tier('GLACIER_IR', 4), tier('DEEP_ARCHIVE', 94)), [])
  t.same(refused(tier('COLD', 1), tier('COLDER', 2)), [], 'classes of other stores')
})

t.test('a class whose minimum is charged in full', async t => {
  const charged = (
    tiers: ReturnType<typeof tier>[],
    shortest: number | null,
    longest: number | null
  ) => said({ spec: { tiers }, keepDays: { shortest, longest } })
  const ia = [tier('STANDARD_IA', 30)]
  t.match(charged(ia, 59, 400), [/^warning Backups stay 29 days in STANDARD_IA.*at least 30/])
  t.same(charged(ia, 60, 400), [])
  t.same(charged(ia, 30, 400), [], 'those kept shortest never get there')
  t.match(charged(ia, 7, 59), [/stay 29 days/], 'those kept longest leave early')
  t.same(charged(ia, 7, 30), [], 'none gets there')
  t.same(charged(ia, null, null), [])
  t.match(charged([tier('DEEP_ARCHIVE', 100)], 7, 279), [/179 days in DEEP_ARCHIVE.*180/])
  t.match(charged([tier('GLACIER_IR', 0), tier('GLACIER', 60)], null, null), [
    /60 days in GLACIER_IR/
  ])
  t.match(conflicts({ spec: { tiers: ia }, keepDays: { shortest: 59, longest: 400 } }), [
    { hint: /docs\.aws\.amazon\.com/ }
  ])
})

t.test('a tier that is left out is said, and not judged further', async t => {
  const tiers = [tier('DEEP_ARCHIVE', 1)]
  t.match(said({ spec: { tiers }, keepDays: { shortest: 5, longest: 9 } }), [
    /^warning Tier DEEP_ARCHIVE after 1 days is left out.*12 h.*240 min/
  ])
  t.same(
    said({ spec: { tiers, ...rto(720) } }).filter(text => /left out/.test(text)),
    []
  )
})

t.test('one availability zone', async t => {
  t.match(
    said({ spec: { tiers: [tier('ONEZONE_IA', 30)] }, keepDays: { shortest: 90, longest: 90 } }),
    [/^warning ONEZONE_IA/]
  )
})

t.test('critical conflicts come first', async t => {
  const levels = conflicts({
    spec: { tiers: [tier('ONEZONE_IA', 30)], lock: { mode: 'governance' } },
    rules: [rule({ expireDays: 999 }), rule({ expireDays: 1 })],
    capabilities: { objectLock: false, versioned: true }
  }).map(({ level }) => level)
  t.same(levels, ['critical', 'critical', 'warning', 'warning'])
})

const anyTier = fc.record({
  class: fc.constantFrom(
    'STANDARD_IA',
    'ONEZONE_IA',
    'GLACIER_IR',
    'GLACIER',
    'DEEP_ARCHIVE',
    'COLD'
  ),
  afterDays: fc.oneof(fc.nat(3), fc.nat(400))
})

t.test('whatever the tiers, the newest backups are read within the RTO', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.array(anyTier, { maxLength: 5 }),
        fc.integer({ min: 1, max: 1_000 }),
        (tiers, rtoMinutes) => {
          const path = storagePath({ ...spec, ...rto(rtoMinutes), tiers })
          assert.equal(path[0]!.afterDays, 0, 'a class to write to')
          const days = path.map(({ afterDays }) => afterDays)
          assert.deepEqual(
            days,
            days.toSorted((a, b) => a - b)
          )
          const newest = path.filter(({ afterDays }) => afterDays < 2)
          assert.ok(newest.every(step => needsRetrieval(step.class) * 60 <= rtoMinutes))
        }
      )
    )
  )
})
