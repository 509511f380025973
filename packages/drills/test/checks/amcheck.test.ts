import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startScratch } from './scratch.ts'
import { clients, outcomeOf, startScene } from './support.ts'

const kind = 'amcheck'
const sql = `CREATE TABLE victim (id int, t text); INSERT INTO victim SELECT i, md5(i::text) FROM generate_series(1, 5000) i;
  CREATE INDEX victim_t ON victim (t); CHECKPOINT`

/** Overwrites bytes of a file. */
async function damage(file: string, at: number, bytes: Buffer) {
  const handle = await open(file, 'r+')
  await handle.write(bytes, 0, bytes.length, at)
  await handle.close()
}

async function clusterWith(t: Parameters<typeof startScratch>[0]) {
  const scratch = await startScratch(t)
  await scratch.query(sql)
  const { context } = await startScene(t, '', { database: scratch.target })
  return { scratch, context }
}

t.test('a sound database passes, and is left as it was', async t => {
  const { scratch, context } = await clusterWith(t)
  const installed = () =>
    scratch.query(`SELECT extname FROM pg_extension WHERE extname = 'amcheck'`)
  for (const heapAllIndexed of [false, true])
    t.match(await outcomeOf(context, { kind, heapAllIndexed }), {
      outcome: 'passed',
      actual: 'none found'
    })
  t.same(await installed(), [])
  await scratch.query('CREATE EXTENSION amcheck')
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed' })
  t.same(await installed(), [{ extname: 'amcheck' }], 'its own extension stays')
})

t.test('bytes flipped in an index: failed, and the index is named', async t => {
  const { scratch, context } = await clusterWith(t)
  const file = await scratch.fileOf('victim_t')
  // The middle of the keys of a leaf page: their order is wrong then.
  await scratch.whileStopped(data => damage(join(data, file), 8192 + 7000, Buffer.alloc(400, 0xff)))
  const { outcome, details } = await outcomeOf(context, { kind })
  t.equal(outcome, 'failed')
  t.match(details?.join('\n'), /victim_t/)
})

t.test('a row that no index entry points at: found by heapallindexed only', async t => {
  const { scratch, context } = await clusterWith(t)
  await scratch.query(
    `UPDATE pg_index SET indisready = false, indisvalid = true WHERE indexrelid = 'victim_t'::regclass;
     INSERT INTO victim VALUES (0, 'not in the index');
     UPDATE pg_index SET indisready = true WHERE indexrelid = 'victim_t'::regclass`
  )
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed' })
  t.match(await outcomeOf(context, { kind, heapAllIndexed: true }), {
    outcome: 'failed',
    details: [/victim_t/, /lacks matching index tuple/]
  })
})

t.test('a damaged table fails amcheck, and every check that reads it', async t => {
  const { scratch, context } = await clusterWith(t)
  const file = await scratch.fileOf('victim')
  await scratch.whileStopped(data => damage(join(data, file), 8192, Buffer.alloc(64, 0xa5)))
  t.match(await outcomeOf(context, { kind }), { outcome: 'failed' })
  const query = 'SELECT count(t) FROM victim'
  t.match(await outcomeOf(context, { kind: 'sql', name: 'read', query, expect: { atLeast: 1 } }), {
    outcome: 'failed',
    expected: 'readable data',
    actual: /invalid page/
  })
})

t.test('what cannot be run: errored', async t => {
  const { context } = await startScene(t, '')
  t.match(await outcomeOf({ ...context, clients: [] }, { kind }), {
    outcome: 'errored',
    error: { code: 'PG_CLIENT_MISSING' }
  })
  const nowhere = clients.map(client => ({ ...client, bin: '/nowhere' }))
  t.match(await outcomeOf({ ...context, clients: nowhere }, { kind }), {
    outcome: 'errored',
    error: { code: 'TOOL_MISSING' }
  })
})

t.test('a role that may not look: errored', async t => {
  const scratch = await startScratch(t)
  await scratch.query(`CREATE ROLE weak LOGIN PASSWORD 'weak'; CREATE TABLE secret (n int)`)
  const { context } = await startScene(t, '', {
    database: { ...scratch.target, user: 'weak', password: 'weak' }
  })
  t.match(await outcomeOf(context, { kind }), {
    outcome: 'errored',
    error: { code: 'PG_PRIVILEGE_MISSING' }
  })
})
