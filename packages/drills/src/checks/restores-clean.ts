import { defineCheck } from '../check.ts'
import { count, details } from './details.ts'
import { pattern } from './wrong-check.ts'

/** The restore warned of nothing but what the plan knows. */
export const restoresClean = defineCheck({
  kind: 'restores-clean',
  async run({ warnings }, { allow }) {
    const known = allow.map(pattern)
    const unknown = warnings.filter(line => !known.some(allowed => allowed.test(line)))
    const allowed = warnings.length - unknown.length
    return {
      passed: unknown.length === 0,
      expected: 'no warning that is not known',
      actual: `${count(unknown.length, 'unknown warning')}, ${allowed} known`,
      details: details(unknown)
    }
  }
})
