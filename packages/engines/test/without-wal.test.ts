import type { PgTarget } from '@resguardo/pg-tools'
import t from 'tap'
import { installedMajors, startCluster } from '../../../test/support/clusters.ts'
import { withoutWal } from '../src/logical/without-wal.ts'
import { rowsOf } from './support.ts'

const schema = `
  CREATE TABLE plain (i int, long text);
  ALTER TABLE plain ALTER long SET STORAGE EXTERNAL;
  CREATE TABLE parted (i int) PARTITION BY RANGE (i);
  CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (1000);
  CREATE UNLOGGED TABLE their_own (i int);
  CREATE MATERIALIZED VIEW seen AS SELECT 1 AS i;
  CREATE SEQUENCE s`

const persistence = (database: PgTarget) =>
  rowsOf(database, `SELECT oid, relname, relpersistence FROM pg_class ORDER BY oid`)

/** Bytes of WAL that a statement makes: PostgreSQL tells it of this one alone. */
async function walOf(database: PgTarget, sql: string): Promise<number> {
  const [row] = await rowsOf<{ 'QUERY PLAN': { Plan: { 'WAL Bytes': number } }[] }>(
    database,
    `EXPLAIN (ANALYZE, WAL, FORMAT JSON) ${sql}`
  )
  return row!['QUERY PLAN'][0]!.Plan['WAL Bytes']
}

const statements = {
  plain: `INSERT INTO plain SELECT i, repeat(i::text, 2000) FROM generate_series(1, 500) i`,
  parted: `INSERT INTO parted SELECT generate_series(0, 999)`
}

for (const client of await installedMajors()) {
  t.test(
    `rows without WAL, in tables that stay what they are, PostgreSQL ${client.major}`,
    async t => {
      const cluster = await startCluster(t, client)
      const database = cluster.target('postgres')
      await rowsOf(database, schema)
      const before = await persistence(database)
      t.ok((await walOf(database, `${statements.plain} LIMIT 1`)) > 0, 'it is counted')
      await rowsOf(database, 'TRUNCATE plain')

      await withoutWal(database, async () => {
        for (const sql of Object.values(statements)) {
          const [one, two] = await Promise.all([walOf(database, sql), walOf(database, sql)])
          t.same([one, two], [0, 0], sql)
        }
      })

      t.same(await persistence(database), before)
      t.ok((await walOf(database, statements.plain)) > 100_000, 'later rows have WAL again')
      t.match(
        await rowsOf(database, 'SELECT count(*)::int AS n, sum(length(long))::int AS l FROM plain'),
        [{ n: 1500, l: 3 * 2000 * (9 + 90 * 2 + 401 * 3) }]
      )
      for (const sql of [
        'CREATE PUBLICATION p FOR TABLE plain, part',
        'ALTER TABLE plain ADD COLUMN id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY',
        'CREATE TABLE child (id int REFERENCES plain)',
        'CREATE INDEX ON parted (i)',
        'VACUUM plain',
        'CHECKPOINT'
      ])
        await rowsOf(database, sql)
      t.match(await rowsOf(database, 'SELECT count(*)::int AS n FROM parted'), [{ n: 2000 }])
    }
  )
}
