import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Value } from 'typebox/value'
import { PolicySpec } from '../src/policy.ts'
import { applyProfile } from '../src/profiles.ts'

const health = {
  profile: 'health-data',
  retention: { within: '30d', monthly: 84, yearly: 7, minimumRedundancy: 2 },
  lock: { mode: 'governance' },
  objectives: { verifyDays: 30, drillDays: 31 }
}

t.test('a profile fills what was left out', async t => {
  t.same(applyProfile({ profile: 'health-data' }), health)
})

t.test('what was sent wins, field by field', async t => {
  const sent = {
    profile: 'health-data',
    timeZone: 'America/Sao_Paulo',
    retention: { within: '60d', daily: 90, monthly: 0 },
    lock: { maxDays: 400 },
    objectives: { rpoMinutes: 60, drillDays: 7 }
  }
  const before = structuredClone(sent)
  t.same(applyProfile(sent), {
    profile: 'health-data',
    timeZone: 'America/Sao_Paulo',
    retention: { within: '60d', daily: 90, monthly: 0, yearly: 7, minimumRedundancy: 2 },
    lock: { mode: 'governance', maxDays: 400 },
    objectives: { rpoMinutes: 60, verifyDays: 30, drillDays: 7 }
  })
  t.same(sent, before)
  t.match(applyProfile({ profile: 'health-data', lock: { mode: 'compliance' } }), {
    lock: { mode: 'compliance' }
  })
})

t.test('without a profile, or with one that does not exist, nothing changes', async t => {
  for (const sent of [{}, { retention: { last: 3 } }, { profile: 'toString' }, { profile: 7 }])
    t.equal(applyProfile(sent), sent)
})

t.test('what is wrong is left for the schema to refuse', async t => {
  for (const wrong of [5, 'x', null, [1], true])
    t.match(applyProfile({ profile: 'health-data', retention: wrong }), { retention: wrong })
  const typo = applyProfile({ profile: 'health-data', retention: { dayly: 3 } })
  t.match(typo, { retention: { dayly: 3 } })
})

t.test('applying it twice changes nothing', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(
        fc.record(
          {
            profile: fc.constant('health-data'),
            retention: fc.dictionary(fc.constantFrom('last', 'monthly', 'yearly'), fc.nat(9)),
            objectives: fc.dictionary(fc.constantFrom('rpoMinutes', 'drillDays'), fc.nat(9))
          },
          { requiredKeys: ['profile'], noNullPrototype: true }
        ),
        sent => {
          const once = applyProfile(sent)
          assert.deepEqual(applyProfile(once), once)
          assert.deepEqual({ ...Object(once.retention), ...sent.retention }, once.retention)
          assert.deepEqual({ ...Object(once.objectives), ...sent.objectives }, once.objectives)
        }
      )
    )
  )
})

t.test('the result is a valid policy once the schema has filled in its own defaults', async t => {
  const spec = Value.Default(PolicySpec, applyProfile({ profile: 'health-data' }))
  t.same([...Value.Errors(PolicySpec, spec)], [])
  t.match(spec, {
    retention: health.retention,
    objectives: { ...health.objectives, rpoMinutes: 1_560 }
  })
})
