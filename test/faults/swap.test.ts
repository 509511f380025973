import { engines } from '@resguardo/engines'
import { withConnection } from '@resguardo/pg-tools'
import pg from 'pg'
import t from 'tap'
import { installedMajors, startCluster } from '../support/clusters.ts'
import { startEngine } from '../support/engine.ts'
import { contentOf } from '../support/fingerprint.ts'

const clients = await installedMajors()

t.test('a swap with clients connected, and its undo', async t => {
  const cluster = await startCluster(t, clients.at(-1)!)
  const live = cluster.target('shop')
  const admin = cluster.target('postgres')
  const names = () =>
    withConnection(admin, async c =>
      (
        await c.query<{ datname: string }>(
          `SELECT datname FROM pg_database WHERE datname ~ '^(shop|resguardo)' ORDER BY 1`
        )
      ).rows.map(({ datname }) => datname)
    )
  await withConnection(admin, c => c.query('CREATE DATABASE shop'))
  await withConnection(live, c =>
    c.query('CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i')
  )
  const engine = await startEngine(t, clients)
  const manifest = await engine.backup(live)
  const before = await contentOf(live)
  await withConnection(live, c => c.query('DELETE FROM t WHERE i > 10'))
  const damaged = await contentOf(live)

  // An application that connects again as soon as it is thrown out, and holds a transaction open each time.
  let goesOn = true
  const served: number[] = []
  const application = Array.from({ length: 6 }, async () => {
    while (goesOn) {
      const client = new pg.Client({ ...live, ssl: false })
      client.on('error', () => {})
      try {
        await client.connect()
        for (let i = 0; i < 50 && goesOn; i++) {
          const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM t')
          served.push(rows[0]!.n)
          await new Promise(resolve => setTimeout(resolve, 5))
        }
      } catch {
        await new Promise(resolve => setTimeout(resolve, 5))
      } finally {
        await client.end().catch(() => {})
      }
    }
  })
  t.teardown(() => {
    goesOn = false
  })

  await t.rejects(
    engine.restore(manifest, live),
    { code: 'RESTORE_TARGET_EXISTS' },
    'not without mode swap'
  )
  const result = await engine.restore(manifest, live, { mode: 'swap' })
  t.match(result.replaced, /^shop_before_\d{8}t\d{6}$/)
  t.same(await names(), ['shop', result.replaced])
  served.length = 0
  while (served.length < 50) await new Promise(resolve => setTimeout(resolve, 10))
  t.same(new Set(served), new Set([1000]), 'clients find the restored one')
  const bare = (content: Record<string, unknown>) => content['public.t']
  t.same(bare(await contentOf(live)), bare(before))
  t.same(
    bare(await contentOf(cluster.target(result.replaced!))),
    bare(damaged),
    'the old one is kept'
  )

  const when = new Date()
  const undone = await engines.logical.undo(live, result.replaced!, when)
  t.equal(await engines.logical.undo(live, result.replaced!, when), undone, 'twice is once')
  goesOn = false
  await Promise.all(application)
  t.same(bare(await contentOf(live)), bare(damaged), 'undone')
  t.same(await names(), ['shop', undone])
  await t.rejects(engines.logical.undo(live, result.replaced!, new Date(0)), {
    code: 'KEPT_DATABASE_MISSING'
  })
  await engines.logical.dropKept(live, undone)
  t.same(await names(), ['shop'])
})
