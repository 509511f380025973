import t from 'tap'
import { outcomeOf, startScene } from './support.ts'

const kind = 'restores-clean'
const warnings = ['collation version mismatch of "x"', 'role "old" left out']

t.test('warnings that the plan does not know', async t => {
  const { context } = await startScene(t, '', { warnings })
  t.match(await outcomeOf({ ...context, warnings: [] }, { kind }), { outcome: 'passed' })
  t.match(await outcomeOf(context, { kind, allow: ['^collation version', 'left out$'] }), {
    outcome: 'passed',
    actual: '0 unknown warnings, 2 known'
  })
  t.match(await outcomeOf(context, { kind, allow: ['^role'] }), {
    outcome: 'failed',
    actual: '1 unknown warning, 1 known',
    details: [warnings[0]]
  })
  t.match(await outcomeOf(context, { kind }), { outcome: 'failed', details: warnings })
  t.match(await outcomeOf(context, { kind, allow: ['('] }), {
    outcome: 'errored',
    error: { code: 'VALIDATION_FAILED', message: /"\(" is not a regular expression/ }
  })
})

t.test('no more lines than evidence holds', async t => {
  const many = Array.from({ length: 80 }, (_, i) => `warning ${i} ${'x'.repeat(1_000)}`)
  const { context } = await startScene(t, '', { warnings: many })
  const { details = [] } = await outcomeOf(context, { kind })
  t.equal(details.length, 50)
  t.equal(details.at(-1), '… and 31 more')
  t.equal(details[0]!.length, 500)
})
