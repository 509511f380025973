import t from 'tap'
import { installedMajors, startCluster } from '../../../test/support/clusters.ts'
import { startEngine } from '../../../test/support/engine.ts'
import { rowsOf } from './support.ts'

const rules = `&a < g <<< 'o''hara'`
const order = `SELECT string_agg(v, ' ' ORDER BY v) AS v FROM unnest(ARRAY['a', 'b', 'f', 'g', 'h']) v`
const sorted = [{ v: 'a g b f h' }]

const clients = (await installedMajors()).filter(({ major }) => major >= 16)
if (clients.length === 0) t.plan(0, 'rules came with PostgreSQL 16')

for (const client of clients) {
  t.test(`a database sorts by its own rules again on PostgreSQL ${client.major}`, async t => {
    const cluster = await startCluster(t, client)
    await rowsOf(
      cluster.target('postgres'),
      `CREATE DATABASE shop TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' ICU_RULES '${rules.replaceAll("'", "''")}'`
    )
    const engine = await startEngine(t, clients)
    const source = cluster.target('shop')
    t.same(await rowsOf(source, order), sorted)
    const manifest = await engine.backup(source)
    t.equal(manifest.source.icuRules, rules)
    const target = cluster.target('again')
    await engine.restore(manifest, target)
    t.same(await rowsOf(target, order), sorted)

    const { icuRules: _, ...older } = manifest.source
    await engine.restore({ ...manifest, source: older }, cluster.target('older'))
    t.not((await rowsOf<{ v: string }>(cluster.target('older'), order))[0]!.v, sorted[0]!.v)

    t.equal((await engine.backup(cluster.target('postgres'))).source.icuRules, null)
  })
}
