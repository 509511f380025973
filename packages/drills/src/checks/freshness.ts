import { parseTableName } from '@resguardo/engines'
import { ident, qualified } from '@resguardo/pg-tools'
import { defineCheck } from '../check.ts'
import { durationMs, inHours } from './duration.ts'
import { ageAtBackup, firstValue, readOnly } from './read-only.ts'

/**
 * The newest time in a column, which is not older than an interval at the moment of the backup. `infinity` is no time, and
 * times without a zone are read as UTC.
 */
export const freshness = defineCheck({
  kind: 'freshness',
  run: (context, { table, column, notOlderThan }) =>
    readOnly(context, async client => {
      const { schema, name } = parseTableName(table)
      const time = ident(column)
      const query = `SELECT max(${time}) FROM ${qualified(schema, name)} WHERE isfinite(${time})`
      const expected = `not older than ${notOlderThan} at ${context.manifest.snapshot.at}`
      const { value } = await firstValue(client, query)
      if (value === null) return { passed: false, expected, actual: 'no row with a time', query }
      const ageMs = await ageAtBackup(client, value, context)
      return {
        passed: ageMs <= durationMs(notOlderThan),
        expected,
        actual: `${value}, ${inHours(ageMs)} old`,
        query
      }
    })
})
