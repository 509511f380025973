import type { DrillCheck } from '@resguardo/domain'
import type { Check } from './check.ts'
import { amcheck } from './checks/amcheck.ts'
import { command } from './checks/command.ts'
import { contentHash } from './checks/content-hash.ts'
import { freshness } from './checks/freshness.ts'
import { http } from './checks/http.ts'
import { restoresClean } from './checks/restores-clean.ts'
import { rowCounts } from './checks/row-counts.ts'
import { schema } from './checks/schema.ts'
import { sql } from './checks/sql.ts'
import { starts } from './checks/starts.ts'

/** Every kind of check. */
export const checks: { [K in DrillCheck['kind']]: Check<K> } = {
  starts,
  'restores-clean': restoresClean,
  'row-counts': rowCounts,
  'content-hash': contentHash,
  amcheck,
  sql,
  freshness,
  schema,
  http,
  command
}
