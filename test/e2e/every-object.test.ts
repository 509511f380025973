import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pgEnv, withConnection } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'
import t from 'tap'
import { installedMajors, startCluster, type TestCluster } from '../support/clusters.ts'
import { startEngine } from '../support/engine.ts'
import { contentOf, schemaOf } from '../support/fingerprint.ts'

/** Bulk: every plain table in streams of its own, several pages each, so that even small ones are cut. */
const ways = {
  'no table is bulk': { bulkThresholdBytes: 1e12 },
  'every table is bulk': { bulkThresholdBytes: 0, streamBytes: 1_048_576, jobs: 3 }
} as const

const run = promisify(execFile)
const sql = fileURLToPath(new URL('./objects/every-object.sql', import.meta.url))
const clients = await installedMajors()

for (const client of clients.filter(({ major }) => major >= 15)) {
  t.test(`every kind of object comes back on PostgreSQL ${client.major}`, async t => {
    const cluster = await startCluster(t, client)
    await fill(cluster)
    const engine = await startEngine(t, clients)
    const source = cluster.target('objects')
    const schema = await schemaOf(client, source)
    const content = await contentOf(source)

    for (const [name, options] of Object.entries(ways)) {
      await t.test(name, async t => {
        const manifest = await engine.backup(source, { ...options, contentHash: 'full' })
        const streams = manifest.objects.filter(({ role }) => role === 'data')
        t.equal(streams.length > 0, options.bulkThresholdBytes === 0, `${streams.length} streams`)
        const target = cluster.target(`again_${client.major}_${streams.length}`)
        await engine.restore(manifest, target)
        t.equal(await schemaOf(client, target), schema, 'the same schema')
        t.same(await contentOf(target), content, 'the same content')
      })
    }
  })
}

async function fill(cluster: TestCluster) {
  await withConnection(cluster.target('postgres'), async client => {
    await client.query('CREATE ROLE reader; CREATE ROLE keeper')
    await client.query('CREATE DATABASE objects')
    await client.query(`ALTER DATABASE objects OWNER TO keeper`)
    await client.query(`ALTER DATABASE objects SET search_path = "$user", app, public`)
    await client.query(`ALTER DATABASE objects SET "app.tenant" = 'a "quoted" one'`)
    await client.query(`ALTER ROLE reader IN DATABASE objects SET work_mem = '7MB'`)
    await client.query('ALTER DATABASE objects CONNECTION LIMIT 40')
    await client.query(
      'REVOKE CONNECT ON DATABASE objects FROM PUBLIC; GRANT CREATE ON DATABASE objects TO reader WITH GRANT OPTION'
    )
  })
  // Each statement a transaction of its own, as an application would.
  await run(
    join(cluster.client.bin, 'psql'),
    ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--file', sql],
    { env: toolEnvironment(pgEnv(cluster.target('objects'))) }
  )
}
