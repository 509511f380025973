import { withConnection } from '@resguardo/pg-tools'
import t from 'tap'
import { installedMajors, startCluster } from '../../../test/support/clusters.ts'
import { startEngine } from '../../../test/support/engine.ts'
import { rowsOf } from './support.ts'

/** Shorter than any of the transactions that read or write this many rows. */
const TIMEOUT = '50ms'
const sql = `
  CREATE TABLE big AS SELECT i AS id, md5(i::text) AS a, md5((i + 1)::text) AS b FROM generate_series(1, 600000) i`

const clients = (await installedMajors()).filter(({ major }) => major >= 17)
if (clients.length === 0) t.plan(0, 'transaction_timeout came with PostgreSQL 17')

for (const client of clients) {
  t.test(
    `no transaction_timeout ends a backup or a restore on PostgreSQL ${client.major}`,
    async t => {
      const cluster = await startCluster(t, client)
      const [postgres, source] = [cluster.target('postgres'), cluster.target('shop')]
      await rowsOf(postgres, 'CREATE DATABASE shop')
      await rowsOf(source, sql)
      await rowsOf(postgres, `ALTER ROLE postgres SET transaction_timeout = '${TIMEOUT}'`)
      await rowsOf(postgres, `ALTER DATABASE shop SET transaction_timeout = '${TIMEOUT}'`)
      await t.rejects(rowsOf(source, 'SELECT pg_sleep(60)'), { message: /transaction timeout/ })

      const engine = await startEngine(t, clients)
      for (const [name, bulkThresholdBytes] of Object.entries({ streams: 0, archive: 1e12 })) {
        const manifest = await engine.backup(source, { bulkThresholdBytes, contentHash: 'full' })
        const target = cluster.target(name)
        await engine.restore(manifest, target)
        await withConnection(
          { ...target, settings: { transaction_timeout: '0' } },
          async client => {
            const { rows } = await client.query('SELECT count(*)::int AS n FROM big')
            t.same(rows, [{ n: 600_000 }], name)
          }
        )
      }
    }
  )
}
