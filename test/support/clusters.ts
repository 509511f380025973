import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ClientPrograms,
  findClientPrograms,
  freePort,
  type PgTarget,
  startScratchCluster
} from '@resguardo/pg-tools'
import type { Test } from 'tap'

/**
 * Programs of every PostgreSQL major that these tests run on: what is installed, and what stands in the directories of
 * TEST_PG_BIN_DIRS (comma separated).
 */
export const installedMajors = (): Promise<ClientPrograms[]> =>
  findClientPrograms((process.env.TEST_PG_BIN_DIRS ?? '').split(',').filter(Boolean))

export interface TestCluster {
  client: ClientPrograms
  target(database: string): PgTarget
  stop(mode?: 'fast' | 'immediate'): Promise<void>
}

/** A cluster of this major of its own, gone at the end of the test. */
export async function startCluster(t: Test, client: ClientPrograms): Promise<TestCluster> {
  const dir = await mkdtemp(join(tmpdir(), `rg-pg${client.major}-`))
  await chmod(dir, 0o755)
  const port = await freePort()
  const password = randomBytes(12).toString('hex')
  const cluster = await startScratchCluster({
    dir: join(dir, 'c'),
    bin: client.bin,
    port,
    superuserPassword: password,
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      shared_buffers: '128MB',
      max_connections: '60',
      wal_level: 'logical'
    }
  })
  t.teardown(async () => {
    await cluster.destroy()
    await rm(dir, { recursive: true, force: true })
  })
  return {
    client,
    stop: cluster.stop,
    target: database => ({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      database,
      sslMode: 'disable'
    })
  }
}
