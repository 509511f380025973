import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runText, toolEnvironment } from '@resguardo/processes'
import t from 'tap'
import { installedMajors, startCluster, type TestCluster } from '../../../test/support/clusters.ts'
import {
  type PgTarget,
  pgEnv,
  pgRestoreStage,
  readSchemaObjects,
  useStableText,
  withConnection
} from '../src/index.ts'
import { testTarget } from './support.ts'

const run = promisify(execFile)
const everyObject = fileURLToPath(
  new URL('../../../test/e2e/objects/every-object.sql', import.meta.url)
)
const clients = await installedMajors()

/** Expressions that PostgreSQL writes otherwise after they were dumped and restored, and what a restore names anew. */
const unsteady = `
  CREATE TABLE unsteady (
    state varchar(10) DEFAULT 'a' CHECK (state IN ('a', 'b')), code char(3) CHECK (code IN ('x', 'y')), low int CHECK (low > -1 AND low < 5 AND low <> 3),
    at timestamp(3) without time zone DEFAULT '2026-01-01', upper varchar GENERATED ALWAYS AS (upper(state::text)) STORED
  );
  CREATE INDEX ON unsteady (low) WHERE state IN ('a', 'b');
  CREATE VIEW unsteady_view AS SELECT state, CASE WHEN state IN ('a', 'b') THEN 1.5 ELSE -1 END AS n, at::date::text FROM unsteady WHERE code NOT IN ('x', 'z');
  CREATE TABLE parts (id int, ref int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
  ALTER TABLE parts ADD FOREIGN KEY (ref) REFERENCES parts;
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
  ALTER TABLE parts DETACH PARTITION parts_1; DROP TABLE parts_1;
  CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM (20) TO (30);
  CREATE TABLE parent (a int, b int);
  CREATE TABLE child (own int, b int, a int);
  ALTER TABLE child INHERIT parent;
  CREATE POLICY states ON unsteady USING (state IN ('a', 'b'))`

const objectsOf = (target: PgTarget) =>
  withConnection(target, async client => {
    await useStableText(client)
    return readSchemaObjects(client)
  })

const execute = (target: PgTarget, sql: string) =>
  withConnection(target, client => client.query(sql))

async function restored(cluster: TestCluster, source: PgTarget, name: string) {
  await execute(cluster.target('postgres'), `CREATE DATABASE ${name}`)
  const dump = {
    name: 'pg_dump',
    cmd: join(cluster.client.bin, 'pg_dump'),
    args: ['--format=custom', '--no-password'],
    env: pgEnv(source)
  }
  const target = cluster.target(name)
  await runText([dump, pgRestoreStage(cluster.client, target, { withoutRoles: false })])
  return target
}

for (const client of clients.filter(({ major }) => major >= 15)) {
  t.test(`every object is the same after dump and restore on ${client.major}`, async t => {
    const cluster = await startCluster(t, client)
    const source = cluster.target('objects')
    await execute(cluster.target('postgres'), 'CREATE ROLE reader; CREATE ROLE keeper')
    await execute(cluster.target('postgres'), 'CREATE DATABASE objects')
    await run(
      join(client.bin, 'psql'),
      ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--file', everyObject],
      { env: toolEnvironment(pgEnv(source)) }
    )
    await execute(source, unsteady)
    const objects = await objectsOf(source)
    const names = Object.keys(objects)
    for (const name of [
      'table app.account',
      'index app.account_name',
      'table constraint named_check on app.account',
      'trigger account_touch on app.account',
      'policy own_rooms on app.booking',
      'view app.account_names',
      'materialized view app.by_n',
      'rule account_names_insert on app.account_names',
      'function app.atomic(integer)',
      'aggregate app.total(integer)',
      'procedure app.noop(integer)',
      'type app.mood',
      'composite type app.pair',
      'domain constraint above_zero on app.positive',
      'sequence app.ticket',
      'statistics object app.account_stats',
      'operator app.<<<(app.pair,app.pair)',
      'event trigger every_ddl',
      'extension hstore',
      'foreign table app.remote',
      'publication changes',
      'rights of function app.add(integer,integer)'
    ])
      t.ok(name in objects, name)
    t.same(
      names.filter(name => /hstore|citext|trgm/.test(name)),
      ['extension citext', 'extension hstore', 'extension pg_trgm', 'index app.account_trgm'],
      'nothing that belongs to an extension'
    )
    const again = await restored(cluster, source, 'again')
    t.same(await objectsOf(again), objects, 'restored once')
    t.same(await objectsOf(await restored(cluster, again, 'third')), objects, 'restored twice')
  })
}

const sql = `
  CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('good', 'bad');
  CREATE TABLE s.a (id int PRIMARY KEY, b varchar(10) DEFAULT 'x' CHECK (b <> 'no'), mood s.mood, c int);
  CREATE INDEX a_b ON s.a (b) WHERE id > 3;
  CREATE VIEW s.v AS SELECT id FROM s.a WHERE c > 1;
  CREATE FUNCTION s.f(n int) RETURNS int LANGUAGE sql AS 'SELECT n - (1 - 1)';
  CREATE FUNCTION s.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touch BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.touch();
  CREATE POLICY own ON s.a USING (id > 0);
  CREATE SEQUENCE s.numbers;
  CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int);
  CREATE DOMAIN s.small AS int CHECK (VALUE < 10)`

/** What is done to a database, and which objects are not what they were. */
const changes: [string, string[]][] = [
  ['DROP INDEX s.a_b', ['index s.a_b']],
  ['DROP INDEX s.a_b; CREATE INDEX a_b ON s.a (b) WHERE id > 4', ['index s.a_b']],
  ['ALTER TABLE s.a ADD x int', ['table s.a']],
  ['ALTER TABLE s.a ALTER b TYPE varchar(11)', ['table s.a']],
  ["ALTER TABLE s.a ALTER b SET DEFAULT 'y'", ['table s.a']],
  ['ALTER TABLE s.a ALTER c SET NOT NULL', ['table s.a']],
  ['ALTER TABLE s.a ENABLE ROW LEVEL SECURITY', ['table s.a']],
  ['ALTER TABLE s.a SET (fillfactor = 50)', ['table s.a']],
  ['CREATE OR REPLACE VIEW s.v AS SELECT id FROM s.a WHERE c > 2', ['view s.v']],
  [
    "CREATE OR REPLACE FUNCTION s.f(n int) RETURNS int LANGUAGE sql AS 'SELECT n - 1 - 1'",
    ['function s.f(integer)']
  ],
  ['ALTER FUNCTION s.f(int) SECURITY DEFINER', ['function s.f(integer)']],
  ['ALTER TABLE s.a DISABLE TRIGGER touch', ['trigger touch on s.a']],
  ['ALTER POLICY own ON s.a USING (id > 1)', ['policy own on s.a']],
  ['ALTER POLICY own ON s.a TO pg_monitor', ['policy own on s.a']],
  ['ALTER SEQUENCE s.numbers INCREMENT 2', ['sequence s.numbers']],
  ["ALTER TYPE s.mood ADD VALUE 'ugly'", ['type s.mood']],
  [
    'ALTER DOMAIN s.small DROP CONSTRAINT small_check',
    ['domain constraint small_check on s.small']
  ],
  ['GRANT SELECT (id) ON s.a TO pg_monitor', ['rights of table s.a']],
  ['GRANT USAGE ON SCHEMA s TO pg_monitor', ['rights of schema s']],
  [
    'DROP AGGREGATE s.total(int); CREATE AGGREGATE s.total(int) (SFUNC = int4mul, STYPE = int)',
    ['aggregate s.total(integer)']
  ],
  ['CREATE COLLATION s.c (provider = libc, locale = "C")', ['collation s.c']],
  ['CREATE EXTENSION citext', ['extension citext']],
  ["COMMENT ON TABLE s.a IS 'rows do not count, nor does this'; INSERT INTO s.a VALUES (1)", []]
]

t.test('what changes is named, and nothing else', async t => {
  for (const [change, expected] of changes) {
    const target = await testTarget(t, sql)
    const before = await objectsOf(target)
    await execute(target, change)
    const after = await objectsOf(target)
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    t.same(
      [...names].filter(name => before[name] !== after[name]),
      expected,
      change
    )
  }
})
