import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { type PgTarget, withConnection } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'
import t, { type Test } from 'tap'
import { installedMajors, startCluster } from '../support/clusters.ts'
import { startEngine } from '../support/engine.ts'
import { filesBelow } from '../support/stack.ts'
import { wrapTool } from '../support/wrap-tool.ts'

const sql = `
  CREATE TABLE big (id bigint PRIMARY KEY, t text);
  INSERT INTO big SELECT i, repeat(md5(i::text), 8) FROM generate_series(1, 40000) i;
  CREATE TABLE second (id bigint PRIMARY KEY, big bigint REFERENCES big, t text);
  INSERT INTO second SELECT i, i, repeat('x', 200) FROM generate_series(1, 20000) i;
  CREATE SCHEMA other;
  CREATE TABLE other.third (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text DEFAULT 'd');
  CREATE INDEX ON other.third (t);
  INSERT INTO other.third (t) SELECT 'v' || i FROM generate_series(1, 5000) i`
/** Everything in streams, at least eight of them. */
const bulk = { bulkThresholdBytes: 0, streamBytes: 1_048_576, jobs: 3 }

const clients = await installedMajors()
const client = clients.at(-1)!

async function scene(t: Test, wrap?: (storage: Storage) => Storage) {
  const cluster = await startCluster(t, client)
  const source = cluster.target('shop')
  await withConnection(cluster.target('postgres'), c => c.query('CREATE DATABASE shop'))
  await withConnection(source, c => c.query(sql))
  return { cluster, source, engine: await startEngine(t, clients, wrap) }
}

const databases = async (target: PgTarget) =>
  withConnection(target, async c =>
    (
      await c.query<{ datname: string }>(
        `SELECT datname FROM pg_database WHERE datname ~ 'resguardo|again'`
      )
    ).rows.map(({ datname }) => datname)
  )

t.test('a stream whose tool dies ends the backup and says which table it was', async t => {
  const { source, engine } = await scene(t)
  const dumps = join(engine.path, '..')
  for (const [when, script] of Object.entries({
    'at the start': 'case "$*" in *COPY*) kill -9 $$;; esac; exec $REAL "$@"',
    'in the middle': '$REAL "$@" | head -c 200000; kill -9 $$',
    'after its last byte': '$REAL "$@"; kill -9 $$'
  })) {
    await t.test(when, async t => {
      const bin = await wrapTool(dumps, 'psql', script, client.bin)
      const broken = await startEngine(t, [{ ...client, bin }])
      await t.rejects(broken.backup(source, bulk), {
        code: 'PG_TOOL_FAILED',
        message: /^Table (public|other)\.\w+, stream \d of \d: psql was killed by SIGKILL/
      })
      t.same(await filesBelow(broken.path), ['resguardo.json', ...(await stored(broken.path))])
      t.notOk((await filesBelow(broken.path)).some(name => name.endsWith('manifest.json')))
    })
  }
})

/** Objects that were finished before the failure: whoever called the engine discards them. */
const stored = async (path: string) =>
  (await filesBelow(path)).filter(name => name.endsWith('.zst.age'))

t.test('the coordinator lost in the middle ends the backup', async t => {
  const { cluster, source, engine } = await scene(t)
  const slow = { ...bulk, rateLimitBytesPerSecond: 200_000 }
  const backup = engine.backup(source, slow)
  backup.catch(() => {})
  await withConnection(cluster.target('postgres'), async c => {
    for (let n = 0; n === 0; ) {
      const { rowCount } = await c.query(
        `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
         WHERE a.datname = 'shop' AND a.state = 'idle in transaction' AND a.query LIKE 'SELECT count(*)%'
           AND EXISTS (SELECT FROM pg_stat_activity b WHERE b.query LIKE 'COPY%')`
      )
      n = rowCount ?? 0
    }
  })
  await t.rejects(backup, { code: 'PG_UNREACHABLE', message: /snapshot/ })
})

t.test('a store that fails a stream twice: only the stream is repeated', async t => {
  const failures = new Map<string, number>()
  const { cluster, source, engine } = await scene(t, storage => ({
    ...storage,
    async write(key, body, options) {
      const failed = failures.get(key) ?? 0
      if (!key.includes('/data/public.big.0002') || failed === 2)
        return storage.write(key, body, options)
      failures.set(key, failed + 1)
      for await (const _ of body) break
      throw new AppError('STORAGE_UNREACHABLE', 'the connection broke')
    }
  }))
  const manifest = await engine.backup(source, bulk)
  t.same([...failures.values()], [2])
  await engine.restore(manifest, cluster.target('again'))
  t.same(await databases(cluster.target('postgres')), ['again'])
})

t.test('a full store is not tried again', async t => {
  let writes = 0
  const { source, engine } = await scene(t, storage => ({
    ...storage,
    async write(key, body, options) {
      if (!key.includes('/data/')) return storage.write(key, body, options)
      writes++
      for await (const _ of body) break
      throw new AppError('STORAGE_FULL', 'no space left')
    }
  }))
  await t.rejects(engine.backup(source, { ...bulk, jobs: 1 }), { code: 'STORAGE_FULL' })
  t.equal(writes, 1)
})

t.test('a damaged stream ends the restore, names the table and leaves nothing', async t => {
  const { cluster, source, engine } = await scene(t)
  const manifest = await engine.backup(source, bulk)
  const name = (await filesBelow(engine.path)).find(file => file.includes('public.second.0002'))!
  const object = manifest.objects.find(({ key }) => name.endsWith(key))!
  await truncate(join(engine.path, name), object.bytes - 1)
  const target = cluster.target('again')
  await t.rejects(engine.restore(manifest, target), {
    code: 'OBJECT_DAMAGED',
    message: /public\.second/
  })
  // The plan saw the size; past the plan it is the stream that notices.
  const plan = { ...(await engine.plan(manifest, target)), problems: [], ok: true }
  await t.rejects(engine.restore(manifest, target, {}, { plan }), {
    code: 'OBJECT_DAMAGED',
    message: /^Table public\.second, stream 2 of \d/
  })
  t.same(await databases(cluster.target('postgres')), [])
  t.same(await readdir(engine.spoolDir), [], 'the spool is empty')
})

t.test('the target server dies in the middle of a restore', async t => {
  const { source, engine } = await scene(t)
  const other = await startCluster(t, client)
  const manifest = await engine.backup(source, bulk)
  const target = other.target('again')
  let stopped: Promise<void> | undefined
  const restore = engine.restore(
    manifest,
    target,
    {},
    {
      async onPhase(name) {
        if (name === 'data') stopped = other.stop('immediate')
      }
    }
  )
  await t.rejects(restore, { code: /PG_UNREACHABLE|PG_TOOL_FAILED/ })
  await stopped
  t.same(await readdir(engine.spoolDir), [], 'the spool is empty')
})

t.test('cancelled at any phase, a restore leaves the target as it was', async t => {
  const { cluster, source, engine } = await scene(t)
  const manifest = await engine.backup(source, bulk)
  const seen = new Set<string>()
  await engine.restore(
    manifest,
    cluster.target('again'),
    {},
    { onPhase: async name => void seen.add(name) }
  )
  await withConnection(cluster.target('postgres'), c => c.query('DROP DATABASE again'))
  t.same(
    [...seen],
    ['preparing', 'fetching', 'schema', 'data', 'indexes', 'verifying', 'publishing']
  )
  for (const phase of seen) {
    const stop = new AbortController()
    const reason = new AppError('RUN_CANCELLED', 'The run was cancelled')
    await t.rejects(
      engine.restore(
        manifest,
        cluster.target('again'),
        {},
        {
          signal: stop.signal,
          onPhase: async name => {
            if (name === phase) stop.abort(reason)
          }
        }
      ),
      { code: 'RUN_CANCELLED' },
      phase
    )
    t.same(await databases(cluster.target('postgres')), [], `nothing left after ${phase}`)
    t.same(await readdir(engine.spoolDir), [])
  }
})

t.test('without room in the spool directory the archive stays a stream', async t => {
  const { cluster, source, engine } = await scene(t)
  for (const options of [bulk, { bulkThresholdBytes: 1e12 }]) {
    const manifest = await engine.backup(source, options)
    // A size that no disk has room for.
    const archive = manifest.objects.find(({ role }) => role === 'archive')!
    const huge = { ...archive, plainBytes: Number.MAX_SAFE_INTEGER }
    const objects = manifest.objects.map(object => (object === archive ? huge : object))
    const database = `again_${objects.length}`
    const phases: string[] = []
    await engine.restore(
      { ...manifest, objects },
      cluster.target(database),
      {},
      { onPhase: async name => void phases.push(name) }
    )
    t.equal(phases.includes('restoring'), options !== bulk)
    t.ok((await databases(cluster.target('postgres'))).includes(database))
  }
})

t.test('a manifest that does not fit what is restored', async t => {
  const { cluster, source, engine } = await scene(t)
  const manifest = await engine.backup(source, { ...bulk, contentHash: 'full' })
  const target = cluster.target('again')
  const [first, ...others] = manifest.tables
  const withTable = (change: object) => ({
    ...manifest,
    tables: [{ ...first!, ...change }, ...others]
  })
  await t.rejects(engine.restore(withTable({ rows: first!.rows + 1 }), target), {
    code: 'RESTORE_COUNT_MISMATCH',
    message: /other\.third has 5000 rows, the backup 5001/
  })
  await t.rejects(engine.restore(withTable({ contentHash: '1' }), target), {
    code: 'RESTORE_COUNT_MISMATCH',
    message: /right number of rows, but other contents/
  })
  await t.rejects(engine.restore({ ...manifest, largeObjects: 1 }, target), {
    code: 'RESTORE_COUNT_MISMATCH'
  })
  const objects = manifest.objects.map(object =>
    object.role === 'data' ? { ...object, sha256: '0'.repeat(64) } : object
  )
  await t.rejects(engine.restore({ ...manifest, objects }, target), {
    code: 'OBJECT_DAMAGED',
    message: /SHA-256/
  })
  t.same(await databases(cluster.target('postgres')), [])
})
