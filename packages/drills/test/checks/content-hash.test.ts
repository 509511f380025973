import { readTableContent, withConnection } from '@resguardo/pg-tools'
import t from 'tap'
import type { CheckContext } from '../../src/check.ts'
import { sample } from '../../src/checks/content-hash.ts'
import { outcomeOf, startScene } from './support.ts'

const kind = 'content-hash'
const sql = `
  CREATE TABLE a (n int, t text); INSERT INTO a SELECT i, 'row ' || i FROM generate_series(1, 100) i;
  CREATE TABLE b AS SELECT * FROM a; CREATE TABLE "c.d" AS SELECT * FROM a; CREATE TABLE e ()`

t.test('the same contents', async t => {
  const { context } = await startScene(t, sql)
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'passed',
    expected: 'contents of 4 of 4 tables as in the backup'
  })
  const tables = ['public."c.d"', 'public.a']
  const { outcome, details } = await outcomeOf(context, { kind, tables })
  t.equal(outcome, 'passed')
  t.same(details?.toSorted(), ['public.a', 'public.c.d'])
})

const faults: [string, string, string][] = [
  [
    'one character in one row',
    `UPDATE a SET t = 'row  7' WHERE n = 7`,
    'public.a has the right number of rows, but other contents'
  ],
  ['a row less', 'DELETE FROM a WHERE n = 7', 'public.a has 99 rows, the backup 100'],
  ['no table', 'DROP TABLE a', 'public.a is missing, the backup has 100 rows']
]

for (const [name, fault, detail] of faults) {
  t.test(`${name}: failed`, async t => {
    const { context } = await startScene(t, sql, {}, fault)
    const failed = { outcome: 'failed', details: [detail] }
    t.match(await outcomeOf(context, { kind }), failed)
    t.match(await outcomeOf(context, { kind, tables: ['public.a', 'public.b'] }), failed)
    t.match(await outcomeOf(context, { kind, tables: ['public.b'] }), { outcome: 'passed' })
  })
}

t.test('a materialised view is not compared, whatever the manifest says of it', async t => {
  const view = 'CREATE MATERIALIZED VIEW m AS SELECT * FROM a; UPDATE a SET n = -n'
  const { context } = await startScene(t, `${sql}; ${view}`, {}, 'REFRESH MATERIALIZED VIEW m')
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'passed',
    expected: 'contents of 4 of 4 tables as in the backup'
  })
  t.match(await outcomeOf(context, { kind, tables: ['public.m'] }), {
    outcome: 'errored',
    error: { code: 'VALIDATION_FAILED' }
  })
  const tables = context.manifest.tables.filter(table => table.kind === 'm')
  const manifest = { ...context.manifest, tables }
  t.match(await outcomeOf({ ...context, manifest }, { kind }), { outcome: 'passed' })
})

t.test('a column called like the row is a column', async t => {
  const { context } = await startScene(t, sql, {}, 'UPDATE a SET n = -n WHERE n = 7')
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'failed',
    details: ['public.a has the right number of rows, but other contents']
  })
})

t.test('hashes of an older backup are compared in their way', async t => {
  const { context } = await startScene(t, sql)
  const { contentHashVersion: _, ...older } = context.manifest
  const manifest = { ...older, tables: await hashedAsBefore(context) }
  t.match(await outcomeOf({ ...context, manifest }, { kind }), {
    outcome: 'passed',
    expected: 'contents of 4 of 4 tables as in the backup'
  })
  t.match(
    await outcomeOf({ ...context, manifest: { ...manifest, contentHashVersion: 2 } }, { kind }),
    {
      outcome: 'failed',
      actual: '1 as in the backup, 3 not'
    }
  )
})

function hashedAsBefore({ database, manifest }: CheckContext) {
  return withConnection(database, async client => {
    const tables: typeof manifest.tables = []
    for (const table of manifest.tables) {
      const { hash } = await readTableContent(client, table, 1)
      tables.push({ ...table, contentHash: hash })
    }
    return tables
  })
}

t.test('what cannot be compared: errored, with a hint', async t => {
  const { context } = await startScene(t, sql)
  for (const tables of [['public.nowhere'], ['nodot']])
    t.match(
      await outcomeOf(context, { kind, tables }),
      { outcome: 'errored', error: { code: 'VALIDATION_FAILED' } },
      String(tables)
    )
  const without = context.manifest.tables.map(({ contentHash: _, ...table }) => table)
  const manifest = { ...context.manifest, tables: without }
  t.match(await outcomeOf({ ...context, manifest }, { kind }), {
    outcome: 'errored',
    error: { code: 'VALIDATION_FAILED', hint: /contentHash to "full"/ }
  })
  const empty = { ...context.manifest, tables: [] }
  t.match(await outcomeOf({ ...context, manifest: empty }, { kind }), { outcome: 'passed' })
})

t.test('a sample is stable for a backup and another one for others', async t => {
  const tables = Array.from({ length: 40 }, (_, i) => ({
    schema: 'public',
    name: `t${i}`,
    kind: 'r' as const,
    rows: 0,
    bytes: 0
  }))
  const names = (percent: number, seed: string) =>
    sample(tables, percent, seed).map(({ name }) => name)
  t.same(names(10, 'one'), names(10, 'one'))
  t.equal(names(10, 'one').length, 4)
  t.equal(names(1, 'one').length, 1, 'at least one')
  t.equal(new Set(names(100, 'one')).size, 40)
  const seen = new Set(Array.from({ length: 60 }, (_, i) => names(10, `backup ${i}`)).flat())
  t.equal(seen.size, 40, 'every table has its turn')
})

t.test("each backup's check samples its own tables", async t => {
  const { context } = await startScene(t, sql)
  const read = new Set<string>()
  for (let i = 0; i < 12; i++) {
    const manifest = { ...context.manifest, id: `backup ${i}` }
    const { details } = await outcomeOf({ ...context, manifest }, { kind, samplePercent: 25 })
    read.add(String(details))
  }
  t.equal(read.size, 4)
})

t.test('a sampled check reads only its sample', async t => {
  const { context } = await startScene(t, sql, {}, 'TRUNCATE a; TRUNCATE b; TRUNCATE "c.d"')
  const { outcome, expected, details } = await outcomeOf(context, { kind, samplePercent: 25 })
  t.equal(expected, 'contents of 1 of 4 tables as in the backup')
  t.equal(details?.length, 1)
  t.equal(outcome, details![0] === 'public.e' ? 'passed' : 'failed')
})
