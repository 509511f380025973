import type { SqlExpectation } from '@resguardo/domain'
import { durationMs } from './duration.ts'
import type { Answer } from './read-only.ts'
import { pattern, wrongCheck } from './wrong-check.ts'

/** For people: what a query must give. */
export function describeExpectation(expect: SqlExpectation): string {
  if ('equals' in expect) return JSON.stringify(expect.equals)
  if ('atLeast' in expect) return `at least ${expect.atLeast}`
  if ('atMost' in expect) return `at most ${expect.atMost}`
  if ('between' in expect) return `between ${expect.between.join(' and ')}`
  if ('empty' in expect) return 'no row'
  if ('matches' in expect) return `matches /${expect.matches}/`
  return `not older than ${expect.notOlderThan} at the moment of the backup`
}

/**
 * Whether an answer is what a check expects; `ageMs` is its age at the moment of the backup, for `notOlderThan`. No row and
 * NULL meet nothing but `empty`, which only no row does.
 * @throws VALIDATION_FAILED where it cannot be compared
 */
export function meets(expect: SqlExpectation, answer: Answer, ageMs?: number): boolean {
  if ('empty' in expect) return !answer.anyRow
  const { value } = answer
  if ('matches' in expect) {
    const expression = pattern(expect.matches)
    return value !== null && expression.test(value)
  }
  if (value === null) return false
  if ('equals' in expect) return equals(value, expect.equals)
  if ('atLeast' in expect) return numberOf(value) >= expect.atLeast
  if ('atMost' in expect) return numberOf(value) <= expect.atMost
  if ('between' in expect) {
    const [least, most] = expect.between
    return numberOf(value) >= least && numberOf(value) <= most
  }
  return ageMs !== undefined && ageMs <= durationMs(expect.notOlderThan)
}

/** A number is compared as one, so that 42 is 42.00; truth is `t` or `f`, as PostgreSQL writes it, or in full. */
function equals(value: string, expected: string | number | boolean): boolean {
  if (typeof expected === 'number') return value.trim() !== '' && Number(value) === expected
  if (typeof expected === 'boolean')
    return value === String(expected) || value === (expected ? 't' : 'f')
  return value === expected
}

function numberOf(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && (value === 'NaN' || !Number.isNaN(number))) return number
  throw wrongCheck(
    `The query gave ${JSON.stringify(value.slice(0, 100))}, which is not a number`,
    'Let the query give a number (::numeric), or expect something else of it.'
  )
}
