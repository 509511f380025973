import t from 'tap'
import { until } from '../../../../test/support/stack.ts'
import { type CheckRecord, runChecks } from '../../src/run-checks.ts'
import { checkOf, startScene } from './support.ts'

const query = (name: string, text: string, equals: number) =>
  checkOf({ kind: 'sql', name, query: text, expect: { equals } })

t.test('every check leaves a record, in order; one that errs does not stop the others', async t => {
  const { context } = await startScene(t, 'CREATE TABLE a AS SELECT 1 AS n')
  const told: CheckRecord[] = []
  const records = await runChecks(
    context,
    [
      checkOf({ kind: 'starts' }),
      query('right', 'SELECT n FROM a', 1),
      query('wrong', 'SELECT n FROM a', 2),
      query('mistaken', 'SELEC n', 1),
      checkOf({ kind: 'row-counts' })
    ],
    record => void told.push(record)
  )
  t.same(told, records)
  t.same(
    records.map(({ kind, name, outcome }) => [kind, name, outcome]),
    [
      ['starts', 'starts', 'passed'],
      ['sql', 'right', 'passed'],
      ['sql', 'wrong', 'failed'],
      ['sql', 'mistaken', 'errored'],
      ['row-counts', 'row-counts', 'passed']
    ]
  )
  t.match(records[2], { query: 'SELECT n FROM a', expected: '2', actual: '1' })
  t.match(records[3], {
    query: 'SELEC n',
    expected: '',
    actual: '',
    error: { code: 'VALIDATION_FAILED', message: /syntax error/, hint: /\w/ }
  })
  for (const { seconds, startedAt } of records) {
    t.ok(seconds >= 0)
    t.equal(new Date(startedAt).toISOString(), startedAt)
  }
})

t.test('where the database does not answer, nothing else is made', async t => {
  const { context } = await startScene(t, '')
  const database = { ...context.database, database: 'not_there' }
  const checks = [
    checkOf({ kind: 'restores-clean' }),
    checkOf({ kind: 'starts' }),
    checkOf({ kind: 'row-counts' }),
    checkOf({ kind: 'restores-clean' })
  ]
  const records = await runChecks({ ...context, database }, checks)
  t.same(
    records.map(({ outcome }) => outcome),
    ['passed', 'errored', 'errored', 'errored']
  )
  t.match(records[1]!.error, { code: 'PG_DATABASE_MISSING' })
  for (const { error } of records.slice(2))
    t.match(error, { message: 'not made: the database does not answer' })
})

t.test('an abort ends the check that runs, and no other begins', async t => {
  const { context, database } = await startScene(t, 'CREATE TABLE a AS SELECT 1 AS n')
  const stop = new AbortController()
  const done: CheckRecord[] = []
  const running = runChecks(
    { ...context, signal: stop.signal },
    [
      checkOf({ kind: 'starts' }),
      query('slow', 'SELECT 1 FROM pg_sleep(600)', 1),
      query('no', 'SELECT 1', 1)
    ],
    record => void done.push(record)
  )
  const sleeping = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
  await until(async () => (await database.query(sleeping)).length > 0)
  stop.abort(new Error('cancelled'))
  await t.rejects(running, { message: 'cancelled' })
  t.same(
    done.map(({ name }) => name),
    ['starts']
  )
})

t.test('what onDone throws ends the run', async t => {
  const { context } = await startScene(t, '')
  const fenced = () => {
    throw new Error('fenced')
  }
  await t.rejects(runChecks(context, [checkOf({ kind: 'starts' })], fenced), { message: 'fenced' })
})
