import t from 'tap'
import { outcomeOf, startScene } from './support.ts'

const kind = 'freshness'
/** The moment of the backup is 2026-11-20 02:00 UTC. */
const sql = `
  CREATE SCHEMA "Shop"; CREATE TABLE "Shop"."The sales" (id int, "made At" timestamptz, day date, local timestamp, note text);
  INSERT INTO "Shop"."The sales" VALUES (1, '2026-11-12 02:00+00', '2026-11-12', '2026-11-12 02:00', 'old'),
    (2, '2026-11-20 01:00+00', '2026-11-19', '2026-11-20 00:00', 'new'), (3, 'infinity', 'infinity', 'infinity', 'never'), (4, NULL, NULL, NULL, NULL);
  CREATE TABLE empty (at timestamptz); INSERT INTO empty VALUES (NULL)`
const table = 'Shop.The sales'

t.test('the newest row is fresh, or it is not', async t => {
  const { database, context } = await startScene(t, sql)
  const check = (column: string, notOlderThan: string) =>
    outcomeOf(context, { kind, table, column, notOlderThan })
  t.match(await check('made At', '1h'), {
    outcome: 'passed',
    actual: '2026-11-20 01:00:00+00, 1.0 h old',
    query: 'SELECT max("made At") FROM "Shop"."The sales" WHERE isfinite("made At")'
  })
  t.match(await check('made At', '59m'), { outcome: 'failed' })
  t.match(await check('local', '2h'), { outcome: 'passed' })
  t.match(await check('local', '1h'), { outcome: 'failed' })
  t.match(await check('day', '26h'), { outcome: 'passed' })
  t.match(await check('day', '1d'), { outcome: 'failed' })
  await database.query(`DELETE FROM "Shop"."The sales" WHERE id = 2`)
  t.match(await check('made At', '1w'), {
    outcome: 'failed',
    actual: '2026-11-12 02:00:00+00, 192.0 h old'
  })
})

t.test('no row with a time: failed', async t => {
  const { context } = await startScene(t, sql)
  const check = { kind, table: 'public.empty', column: 'at', notOlderThan: '1y' } as const
  t.match(await outcomeOf(context, check), { outcome: 'failed', actual: 'no row with a time' })
})

t.test('no such table, no such column, no time: errored', async t => {
  const { context } = await startScene(t, sql)
  for (const change of [
    { table: 'public.nowhere' },
    { table: 'nodot' },
    { column: 'nothing' },
    { column: 'id' },
    { column: 'note' }
  ])
    t.match(
      await outcomeOf(context, { kind, table, column: 'made At', notOlderThan: '1d', ...change }),
      { outcome: 'errored', error: { code: 'VALIDATION_FAILED', hint: /\w/ } },
      JSON.stringify(change)
    )
})
