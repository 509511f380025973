import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runPipeline, runText } from '@resguardo/processes'
import t from 'tap'
import { createDatabase } from '../../../test/support/postgres.ts'
import {
  connect,
  copyInStage,
  copyOutStage,
  explainStage,
  type PgTarget,
  pgDumpGlobalsStage,
  pgDumpStage,
  pgRestoreListStage,
  pgRestoreStage,
  readTableContent,
  useStableText,
  withConnection
} from '../src/index.ts'
import { client, psql, testTarget, weird } from './support.ts'

const rows = `
  CREATE TABLE "We""ird" (id int PRIMARY KEY, "Te xt" text, at timestamptz, span interval, n float8, b bytea, a text[]);
  INSERT INTO "We""ird" SELECT i, E'tab\\t nl\\n cr\\r \\\\N \\\\. ñ🛒' || i, now() - i * interval '1 hour',
    i * interval '1 day 2 hours', i / 7.0, decode(md5(i::text), 'hex'), ARRAY['{', '"', NULL, i::text] FROM generate_series(1, 500) i;
  INSERT INTO "We""ird" VALUES (0, NULL, NULL, NULL, NULL, NULL, NULL), (-1, '', '-infinity', '-1 mon', 'NaN', '', '{}'), (-2, '\\.', 'infinity', '0', '1e300', '\\x00', NULL)`

/** A snapshot of the source that lasts as long as the test. */
async function exportSnapshot(t: { teardown(work: () => unknown): void }, source: PgTarget) {
  const holder = await connect(source)
  t.teardown(() => holder.end())
  await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  return (await holder.query('SELECT pg_export_snapshot() AS id')).rows[0].id as string
}

const contentOf = (target: PgTarget, name = 'We"ird') =>
  withConnection(target, async client => {
    await useStableText(client)
    return readTableContent(client, { schema: 'public', name })
  })

t.test('no stage shows the password to those who may read argv', async t => {
  const target: PgTarget = {
    host: 'db',
    port: 1,
    user: 'u',
    password: 'hunter2',
    database: 'd',
    sslMode: 'disable'
  }
  const copy = { copy: 'COPY t TO STDOUT', snapshot: '1-1', encoding: 'UTF8' }
  const stages = [
    pgDumpStage(client, target, { snapshot: '1-1', lockTimeoutMs: 1 }),
    pgDumpGlobalsStage(client, target, { passwords: true }),
    pgRestoreStage(client, target, { withoutRoles: false }),
    copyOutStage(client, target, copy),
    copyInStage(client, target, { ...copy, settings: '' })
  ]
  for (const { name, cmd, args, env } of stages) {
    t.notMatch([cmd, ...args].join(' '), /hunter2/, name)
    t.equal(env!.PGPASSWORD, 'hunter2')
    t.ok(args.includes('--no-password'), `${name} never asks`)
  }
})

t.test('a dump is of its snapshot, and restores into a database of any name', async t => {
  const source = await testTarget(t, rows, weird())
  const target = await testTarget(t, '', weird())
  const snapshot = await exportSnapshot(t, source)
  const before = await contentOf(source)
  await psql(source, 'DELETE FROM "We""ird" WHERE id > 100; CREATE TABLE later ()')
  await runText([
    pgDumpStage(client, source, { snapshot, lockTimeoutMs: 5_000 }),
    pgRestoreStage(client, target, { withoutRoles: true })
  ])
  t.same(await contentOf(target), before)
  t.equal(before.rows, 503)
  t.equal(await psql(target, `SELECT to_regclass('later') IS NULL`), 't')
})

t.test('a dump takes what it was told to take', async t => {
  const source = await testTarget(
    t,
    'CREATE SCHEMA s; CREATE TABLE s.a (); CREATE TABLE s.b (); CREATE TABLE c (x int); INSERT INTO c VALUES (1); CREATE UNLOGGED TABLE u (x int); INSERT INTO u VALUES (1)'
  )
  const snapshot = await exportSnapshot(t, source)
  const listed = async (options: object) => {
    const dump = pgDumpStage(client, source, { snapshot, lockTimeoutMs: 5_000, ...options })
    const list = await runText([dump, pgRestoreListStage(client)], { mayStopReading: true })
    return [...list.matchAll(/ (TABLE|TABLE DATA) (\S+ \S+) \S+$/gm)]
      .map(([, type, name]) => `${type === 'TABLE' ? '' : 'rows of '}${name!.replace(' ', '.')}`)
      .sort()
  }
  const all = ['public.c', 'public.u', 'rows of public.c', 'rows of public.u']
  const ofS = ['rows of s.a', 'rows of s.b', 's.a', 's.b']
  t.same(await listed({}), [...all, ...ofS].sort())
  t.same(await listed({ schemas: ['s'] }), ofS)
  t.same(await listed({ excludeSchemas: ['s'] }), all)
  t.same(await listed({ tables: ['s.a'] }), ['rows of s.a', 's.a'])
  t.same(
    await listed({ excludeSchemas: ['s'], excludeTables: ['u'] }),
    all.filter(n => !/u$/.test(n))
  )
  const withoutU = all.filter(name => name !== 'rows of public.u')
  t.same(await listed({ excludeSchemas: ['s'], noUnloggedData: true }), withoutU)
  t.same(await listed({ excludeSchemas: ['s'], excludeTableData: ['public.u'] }), withoutU)
})

t.test('a restore ends at its first error', async t => {
  const source = await testTarget(t, 'CREATE TABLE a (); CREATE TABLE b ()')
  const target = await testTarget(t, 'CREATE TABLE a ()')
  const snapshot = await exportSnapshot(t, source)
  await t.rejects(
    runText([
      pgDumpStage(client, source, { snapshot, lockTimeoutMs: 5_000 }),
      pgRestoreStage(client, target, { withoutRoles: true })
    ]),
    { name: 'StageError', stage: 'pg_restore', stderr: /"a" already exists/ }
  )
  t.equal(await psql(target, `SELECT to_regclass('b') IS NULL`), 't')
})

t.test('a restore from a file takes sections, a list and several connections', async t => {
  const source = await testTarget(
    t,
    'CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE TABLE b ()'
  )
  const target = await testTarget(t)
  const dir = t.testdir()
  const [file, list] = [join(dir, 'archive'), join(dir, 'list')]
  const snapshot = await exportSnapshot(t, source)
  const chunks: Buffer[] = []
  for await (const chunk of runPipeline([
    pgDumpStage(client, source, { snapshot, lockTimeoutMs: 5_000 })
  ]))
    chunks.push(chunk)
  writeFileSync(file, Buffer.concat(chunks))
  const toc = await runText([pgRestoreListStage(client, file)])
  t.match(toc, /TABLE public b/)
  writeFileSync(list, toc.replace(/^.*TABLE (DATA )?public b .*$/gm, ''))
  const state = () =>
    psql(
      target,
      `SELECT to_regclass('b') IS NULL, (SELECT count(*) FROM a), (SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass)`
    )
  for (const [section, expected] of [
    ['pre-data', 't|0|0'],
    ['data', 't|1|0'],
    ['post-data', 't|1|1']
  ] as const) {
    await runText([
      pgRestoreStage(client, target, { withoutRoles: true, file, list, jobs: 2, section })
    ])
    t.equal(await state(), expected, section)
  }
})

t.test('settings of a restore are those of its sessions', async t => {
  const source = await testTarget(t, 'CREATE VIEW work_mem AS SELECT 1')
  const target = await testTarget(
    t,
    `CREATE TABLE seen (work_mem text); CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS
     $$ BEGIN INSERT INTO public.seen VALUES (current_setting('work_mem')); END $$;
     CREATE EVENT TRIGGER see ON ddl_command_end EXECUTE FUNCTION see()`
  )
  const snapshot = await exportSnapshot(t, source)
  await runText([
    pgDumpStage(client, source, { snapshot, lockTimeoutMs: 5_000 }),
    pgRestoreStage(client, target, { withoutRoles: true, settings: '-c work_mem=7MB' })
  ])
  t.equal(await psql(target, 'SELECT DISTINCT work_mem FROM seen'), '7MB')
})

t.test('rows copied from server to server are the same rows, of the snapshot', async t => {
  const source = await testTarget(t, rows, weird())
  const target = await testTarget(t, `${rows}; TRUNCATE "We""ird"`, weird())
  const snapshot = await exportSnapshot(t, source)
  const before = await contentOf(source)
  await psql(source, 'DELETE FROM "We""ird" WHERE id > 100')
  await runText([
    copyOutStage(client, source, {
      copy: 'COPY public."We""ird" TO STDOUT',
      snapshot,
      encoding: 'UTF8'
    }),
    copyInStage(client, target, {
      copy: 'COPY public."We""ird" FROM STDIN',
      encoding: 'UTF8',
      settings: '-c work_mem=7MB'
    })
  ])
  t.same(await contentOf(target), before)
  t.not((await contentOf(source)).hash, before.hash)
})

t.test('a copy whose table is gone fails, though psql was in a transaction', async t => {
  const source = await testTarget(t)
  const snapshot = await exportSnapshot(t, source)
  const copy = 'COPY public.gone TO STDOUT'
  const error = await runText([
    copyOutStage(client, source, { copy, snapshot, encoding: 'UTF8' })
  ]).catch(explainStage)
  t.match(error, { code: 'PG_TABLE_CHANGED' })
})

t.test('a row that does not fit leaves the whole stream out', async t => {
  const target = await testTarget(t, 'CREATE TABLE n (n int)')
  const stage = copyInStage(client, target, {
    copy: 'COPY n FROM STDIN',
    encoding: 'UTF8',
    settings: ''
  })
  await t.rejects(runText([stage], { input: once('1\n2\nthree\n') }), { name: 'StageError' })
  t.equal(await psql(target, 'SELECT count(*) FROM n'), '0')
})

t.test(
  'the content of a table does not depend on order, session or role, only on rows',
  async t => {
    const database = await createDatabase(t, rows)
    const target = { ...database.connection, password: database.password }
    const before = await contentOf(target)
    const odd = await withConnection(target, async client => {
      await client.query(
        `SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape'; SET extra_float_digits = 0`
      )
      await useStableText(client)
      return readTableContent(client, { schema: 'public', name: 'We"ird' })
    })
    t.same(odd, before)
    await database.query('CREATE TABLE again AS SELECT * FROM "We""ird" ORDER BY id DESC')
    t.same(await contentOf(target, 'again'), before)
    await database.query(`UPDATE again SET "Te xt" = "Te xt" || ' ' WHERE id = 250`)
    t.not((await contentOf(target, 'again')).hash, before.hash, 'one space in one row')
    await database.query('CREATE TABLE empty (LIKE again)')
    t.same(await contentOf(target, 'empty'), { rows: 0, hash: '0' })
    await database.query('CREATE TABLE child () INHERITS (empty); INSERT INTO child DEFAULT VALUES')
    t.same(await contentOf(target, 'empty'), { rows: 0, hash: '0' }, "not its children's rows")
  }
)

t.test('settings taken for one transaction end with it', async t => {
  await withConnection(await testTarget(t), async client => {
    await client.query(`SET TimeZone = 'Asia/Tokyo'; BEGIN`)
    await useStableText(client, true)
    const zone = async () => (await client.query('SHOW TimeZone')).rows[0].TimeZone
    t.equal(await zone(), 'UTC')
    await client.query('COMMIT')
    t.equal(await zone(), 'Asia/Tokyo')
  })
})

t.test('the globals hold the roles, their passwords only where asked', async t => {
  const target = await testTarget(t)
  const dump = (passwords: boolean) => runText([pgDumpGlobalsStage(client, target, { passwords })])
  t.match(await dump(true), /^ALTER ROLE postgres .* PASSWORD 'SCRAM-SHA-256/m)
  const without = await dump(false)
  t.match(without, /CREATE ROLE postgres;/)
  t.notMatch(without, /SCRAM-SHA-256|PASSWORD/)
})

async function* once(text: string) {
  yield Buffer.from(text)
}
