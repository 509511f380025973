import type { DrillCheck } from '@resguardo/domain'
import { AppError, asAppError } from '@resguardo/shared'
import type { Check, CheckContext, CheckFinding } from './check.ts'
import { checks as registry } from './registry.ts'

/** What the evidence says of one check. */
export interface CheckRecord {
  kind: DrillCheck['kind']
  /** Its own name, or its kind. */
  name: string
  /** `errored`: it could not be made and says nothing of the backup. */
  outcome: 'passed' | 'failed' | 'errored'
  /** Empty where it errored. */
  expected: string
  actual: string
  query?: string
  details?: string[]
  counted?: { tables: number; rows: number }
  error?: { code: string; message: string; hint: string }
  seconds: number
  startedAt: string
}

/**
 * Makes the checks in their order; one that errs does not stop the others. After a `starts` that did not pass, none is made.
 * @param onDone called after each one; what it throws is thrown on
 * @throws the reason of the context's signal
 */
export async function runChecks(
  context: CheckContext,
  checks: DrillCheck[],
  onDone: (record: CheckRecord) => void | Promise<void> = () => {}
): Promise<CheckRecord[]> {
  const records: CheckRecord[] = []
  let answers = true
  for (const check of checks) {
    const record = await makeRecord(context, check, answers ? runCheck : refuse)
    if (check.kind === 'starts' && record.outcome !== 'passed') answers = false
    records.push(record)
    await onDone(record)
  }
  return records
}

type Run = (context: CheckContext, check: DrillCheck) => Promise<CheckFinding>

const runCheck: Run = (context, check) =>
  (registry[check.kind] as Check<DrillCheck['kind']>).run(context, check)

const refuse: Run = async () => {
  throw new AppError('PG_UNREACHABLE', 'not made: the database does not answer', {
    hint: 'See the check starts.'
  })
}

async function makeRecord(
  context: CheckContext,
  check: DrillCheck,
  run: Run
): Promise<CheckRecord> {
  context.signal.throwIfAborted()
  const startedAt = new Date().toISOString()
  const start = performance.now()
  const result = await run(context, check).then(judged, error => {
    context.signal.throwIfAborted()
    return erred(error)
  })
  return {
    kind: check.kind,
    name: 'name' in check ? check.name : check.kind,
    ...('query' in check ? { query: check.query } : {}),
    ...result,
    seconds: Math.round(performance.now() - start) / 1_000,
    startedAt
  }
}

const judged = ({ passed, ...finding }: CheckFinding) => ({
  ...finding,
  outcome: passed ? ('passed' as const) : ('failed' as const)
})

/** PostgreSQL that finds its files damaged while a check reads them has answered the check. */
function erred(error: unknown): Pick<CheckRecord, 'outcome' | 'expected' | 'actual' | 'error'> {
  const damage = damageIn(error)
  if (damage) return { outcome: 'failed', expected: 'readable data', actual: damage }
  const { code, message, hint } = asAppError(error)
  return { outcome: 'errored', expected: '', actual: '', error: { code, message, hint } }
}

const DATA_CORRUPTED = 'XX001'
const INDEX_CORRUPTED = 'XX002'

function damageIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: string }
  if (code === DATA_CORRUPTED || code === INDEX_CORRUPTED) return error.message
  return damageIn(error.cause)
}
