import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type PgTarget, pgEnv, withConnection } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'
import t, { type Test } from 'tap'
import { installedMajors, startCluster } from '../support/clusters.ts'
import { startEngine } from '../support/engine.ts'
import { contentOf, schemaOf } from '../support/fingerprint.ts'

const sql = `
  CREATE SCHEMA app; CREATE SCHEMA other; CREATE SCHEMA log;
  CREATE TYPE other.mood AS ENUM ('sad', 'happy');
  CREATE FUNCTION other.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TABLE other.tenant (id integer PRIMARY KEY, name text);
  INSERT INTO other.tenant SELECT i, 'tenant ' || i FROM generate_series(1, 50) i;
  CREATE TABLE app.customer (id serial PRIMARY KEY, tenant integer REFERENCES other.tenant, mood other.mood DEFAULT 'happy');
  CREATE INDEX customer_tenant ON app.customer (tenant);
  CREATE TRIGGER customer_touch BEFORE UPDATE ON app.customer FOR EACH ROW EXECUTE FUNCTION other.touch();
  INSERT INTO app.customer (tenant) SELECT 1 + i % 50 FROM generate_series(1, 20000) i;
  CREATE TABLE app.invoice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer integer REFERENCES app.customer, at date NOT NULL);
  INSERT INTO app.invoice (customer, at) SELECT i, '2026-01-01' FROM generate_series(1, 5000) i;
  CREATE VIEW app.customers_of_tenant AS SELECT tenant, count(*) FROM app.customer GROUP BY 1;
  CREATE TABLE log.event (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE log.event_25 PARTITION OF log.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE log.event_26 PARTITION OF log.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO log.event SELECT i, '2025-06-01'::date + i % 400 FROM generate_series(1, 8000) i;
  SELECT lo_from_bytea(0, 'x')`

const clients = await installedMajors()
const client = clients.at(-1)!
const bulk = { bulkThresholdBytes: 0, streamBytes: 1_048_576 }

async function scene(t: Test) {
  const cluster = await startCluster(t, client)
  await withConnection(cluster.target('postgres'), c => c.query('CREATE DATABASE shop'))
  const source = cluster.target('shop')
  await withConnection(source, c => c.query(sql))
  return { cluster, source, engine: await startEngine(t, clients), all: await contentOf(source) }
}

/** Only the tables: of a content. */
const tablesOf = async (target: PgTarget) =>
  Object.entries(await contentOf(target)).filter(([name]) => name.includes('.'))

t.test('one table, one schema or a partitioned table out of a whole backup', async t => {
  const { cluster, source, engine, all } = await scene(t)
  for (const [way, options] of Object.entries({ bulk, archive: { bulkThresholdBytes: 1e12 } })) {
    const manifest = await engine.backup(source, { ...options, contentHash: 'full' })
    const cases = {
      table: { options: { tables: ['app.customer'] }, tables: ['app.customer'] },
      schema: { options: { schemas: ['app'] }, tables: ['app.customer', 'app.invoice'] },
      partitioned: { options: { tables: ['log.event'] }, tables: ['log.event_25', 'log.event_26'] },
      both: {
        options: { schemas: ['other'], tables: ['app.customer'] },
        tables: ['app.customer', 'other.tenant']
      }
    }
    for (const [name, wanted] of Object.entries(cases)) {
      await t.test(`${name} from ${way}`, async t => {
        const target = cluster.target(`again_${name}_${way}`)
        await engine.restore(manifest, target, wanted.options)
        t.same(
          await tablesOf(target),
          wanted.tables.map(table => [table, all[table]]),
          'these tables, with their rows'
        )
        const schema = await schemaOf(client, target)
        if (wanted.tables.includes('app.customer')) {
          t.match(schema, /CREATE INDEX customer_tenant/, 'its index')
          t.match(schema, /CREATE TRIGGER customer_touch/, 'its trigger and what it calls')
          t.match(schema, /nextval\('app\.customer_id_seq'/, 'its sequence')
          t.equal(
            /ADD CONSTRAINT customer_tenant_fkey/.test(schema),
            wanted.tables.includes('other.tenant'),
            'a foreign key only with both ends'
          )
        }
        t.equal(schema.includes('CREATE VIEW'), name === 'schema')
        if (name === 'partitioned') t.match(schema, /ATTACH PARTITION log\.event_25/)
      })
    }
    await t.rejects(engine.restore(manifest, cluster.target('none'), { tables: ['app.nothing'] }), {
      code: 'VALIDATION_FAILED',
      message: /app\.nothing/
    })
  }
})

t.test('a restore of one table reads the streams of no other', async t => {
  const { cluster, source, engine } = await scene(t)
  const manifest = await engine.backup(source, bulk)
  const read: string[] = []
  const repository = {
    ...engine.repository,
    read: (...args: Parameters<typeof engine.repository.read>) => {
      read.push(args[1].key)
      return engine.repository.read(...args)
    }
  }
  await engine.restore(
    manifest,
    cluster.target('again'),
    { tables: ['app.invoice'] },
    {
      repository: repository as typeof engine.repository,
      // The plan reads the smallest object, whosever it is.
      plan: await engine.plan(manifest, cluster.target('again'))
    }
  )
  const data = read.filter(key => key.startsWith('data/'))
  t.ok(data.length > 0)
  t.ok(
    data.every(key => key.startsWith('data/app.invoice.')),
    data.join()
  )
})

t.test('a backup of a part of a database', async t => {
  const { cluster, source, engine, all } = await scene(t)
  const cases = {
    schema: {
      options: { schemas: ['other', 'app'] },
      tables: ['app.customer', 'app.invoice', 'other.tenant']
    },
    table: { options: { tables: ['log.event'] }, tables: ['log.event_25', 'log.event_26'] },
    excluded: {
      options: { excludeSchemas: ['log'], excludeTables: ['app.invoice'] },
      tables: ['app.customer', 'other.tenant']
    }
  }
  for (const [name, wanted] of Object.entries(cases)) {
    await t.test(name, async t => {
      const manifest = await engine.backup(source, {
        ...bulk,
        ...wanted.options,
        contentHash: 'full'
      })
      if (name === 'schema') t.match(manifest.selection, wanted.options)
      const target = cluster.target(`part_${name}`)
      // A table that is taken alone has no schema of its own in the dump.
      if (name === 'table')
        return t.same(
          manifest.tables.map(table => table.name),
          ['event_25', 'event_26']
        )
      await engine.restore(manifest, target)
      return t.same(
        await tablesOf(target),
        wanted.tables.map(table => [table, all[table]])
      )
    })
  }
  await t.rejects(engine.backup(source, { tables: ['app.Customer'] }), {
    code: 'VALIDATION_FAILED',
    message: /app\.Customer/
  })
  await t.rejects(engine.backup(source, { tables: ['customer'] }), { code: 'VALIDATION_FAILED' })
  await t.rejects(engine.backup(source, { server: 'standby' }), { code: 'PG_SERVER_ROLE' })
})

t.test('consistent under concurrent writes', async t => {
  const cluster = await startCluster(t, client)
  await withConnection(cluster.target('postgres'), c => c.query('CREATE DATABASE shop'))
  const source = cluster.target('shop')
  await pgbench(source, ['-i', '-q', '-s', '2'])
  const writing = pgbenchProcess(source, ['-n', '-c', '4', '-T', '600'])
  t.teardown(() => writing.kill())
  const written = () =>
    withConnection(
      source,
      async c => (await c.query('SELECT FROM pgbench_history LIMIT 1')).rowCount
    )
  while ((await written()) === 0) await new Promise(resolve => setTimeout(resolve, 50))
  const engine = await startEngine(t, clients)
  for (const options of [bulk, { bulkThresholdBytes: 1e12 }]) {
    const manifest = await engine.backup(source, { ...options, contentHash: 'full' })
    const target = cluster.target(`again_${manifest.objects.length}`)
    await engine.restore(manifest, target)
    const { rows } = await withConnection(target, c =>
      c.query(`SELECT (SELECT sum(abalance) FROM pgbench_accounts) AS a, (SELECT sum(tbalance) FROM pgbench_tellers) AS t,
                      (SELECT sum(bbalance) FROM pgbench_branches) AS b, (SELECT sum(delta) FROM pgbench_history) AS h,
                      (SELECT count(*)::int FROM pgbench_history) AS n`)
    )
    const { a, t: tellers, b, h, n } = rows[0]
    t.ok(n > 0, `${n} transactions before it`)
    t.same([tellers, b, h], [a, a, a], 'no transaction is torn')
  }
})

function pgbenchProcess(target: PgTarget, args: string[]): ChildProcess {
  return spawn(join(client.bin, 'pgbench'), args, {
    env: toolEnvironment(pgEnv(target)),
    stdio: 'ignore'
  })
}

async function pgbench(target: PgTarget, args: string[]) {
  const [code] = await once(pgbenchProcess(target, args), 'exit')
  if (code !== 0) throw new Error(`pgbench exited with ${code}`)
}

const newest = clients.at(-1)!
const oldest = clients[0]!
t.test(
  'from one major to a newer one',
  { skip: newest === oldest ? 'only one major is installed' : false },
  async t => {
    const [old, young] = [await startCluster(t, oldest), await startCluster(t, newest)]
    await withConnection(old.target('postgres'), c => c.query('CREATE DATABASE shop'))
    await withConnection(old.target('shop'), c => c.query(sql))
    const engine = await startEngine(t, clients)
    const manifest = await engine.backup(old.target('shop'), { ...bulk, contentHash: 'full' })
    t.match(manifest.tool.pgDumpVersion, new RegExp(`^${oldest.major}`))
    await engine.restore(manifest, young.target('shop'))
    t.same(await tablesOf(young.target('shop')), await tablesOf(old.target('shop')))

    const down = await engine.backup(young.target('shop'), bulk)
    await t.rejects(engine.restore(down, old.target('down')), {
      code: 'RESTORE_BLOCKED',
      message: /runs PostgreSQL/
    })
  }
)
