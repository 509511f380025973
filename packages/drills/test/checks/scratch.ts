import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type PgTarget, startScratchCluster, withConnection } from '@resguardo/pg-tools'
import type { Test } from 'tap'
import { serverPrograms } from '../../../../test/support/postgres.ts'

/** A cluster whose files a test may touch. */
export async function startScratch(t: Test) {
  const { bin } = await serverPrograms()
  const parent = await mkdtemp(join(tmpdir(), 'resguardo-check-'))
  await chmod(parent, 0o755)
  const options = {
    dir: join(parent, 'cluster'),
    bin,
    port: await freePort(),
    superuserPassword: 'of a test',
    settings: { fsync: 'off', autovacuum: 'off' }
  }
  let cluster = await startScratchCluster(options)
  t.teardown(async () => {
    await cluster.destroy()
    await rm(parent, { recursive: true, force: true })
  })
  const target: PgTarget = {
    host: '127.0.0.1',
    port: options.port,
    user: 'postgres',
    password: options.superuserPassword,
    database: 'postgres',
    sslMode: 'disable'
  }
  const query = (sql: string) =>
    withConnection(target, async client => (await client.query(sql)).rows)
  return {
    target,
    query,
    /** Path of a relation's file, below the data directory. */
    fileOf: async (relation: string) =>
      (await query(`SELECT pg_relation_filepath('${relation}') AS path`))[0].path as string,
    async whileStopped(work: (data: string) => Promise<void>) {
      await cluster.stop()
      await work(join(options.dir, 'data'))
      cluster = await startScratchCluster(options)
    }
  }
}
