import { defineCheck } from '../check.ts'
import { cut } from './cut.ts'
import { inHours } from './duration.ts'
import { describeExpectation, meets } from './expectation.ts'
import { type Answer, ageAtBackup, firstValue, readOnly } from './read-only.ts'

const SHOWN = 300

/** A query of the owner's, and what the first column of its first row must be. */
export const sql = defineCheck({
  kind: 'sql',
  run: (context, { query, expect }) =>
    readOnly(context, async client => {
      const answer = await firstValue(client, query)
      const ageMs =
        'notOlderThan' in expect && answer.value !== null
          ? await ageAtBackup(client, answer.value, context)
          : undefined
      return {
        passed: meets(expect, answer, ageMs),
        query,
        expected: describeExpectation(expect),
        actual: `${describeAnswer(answer)}${ageMs === undefined ? '' : `, ${inHours(ageMs)} old`}`
      }
    })
})

function describeAnswer({ anyRow, value }: Answer) {
  if (!anyRow) return 'no row'
  return value === null ? 'NULL' : cut(value, SHOWN)
}
