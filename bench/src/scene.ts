import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { ApiClient, Json } from '@resguardo/api-client'
import {
  type EmbeddedStack,
  startEmbeddedStack
} from '../../services/embedded/src/embedded-stack.ts'
import { databaseBytes, fillMixed } from './databases.ts'
import { cpuSeconds, type Usage } from './process-usage.ts'
import { startBenchS3 } from './s3.ts'

export const DATABASE = 'bench'
export const cores = availableParallelism()

/** What the baselines were measured with; everything that keeps data safe is PostgreSQL's default. */
const postgresSettings = {
  shared_buffers: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_connections: '100'
}

/** The embedded stack with a filled database, a local and an S3 repository. */
export async function startBenchScene(
  dir: string,
  megabytes: number,
  { signal, onStep }: { signal: AbortSignal; onStep: (text: string) => void }
) {
  const s3 = await startBenchS3(join(dir, 's3'))
  let stack: EmbeddedStack | undefined
  const stop = async () => {
    await stack?.stop()
    await s3.stop()
  }
  try {
    stack = await startEmbeddedStack(dir, { signal, onStep, postgresSettings })
    onStep(`a database of ${megabytes} MB`)
    await fillMixed(stack, DATABASE, megabytes)
    const api = await stack.client('bench')
    const path = join(dir, 'repository')
    await mkdir(path)
    const repositories: Record<'local' | 's3', string> = {
      local: await addRepository(api, stack, 'local', { kind: 'local', settings: { path } }),
      s3: await addRepository(api, stack, 's3', s3.repository)
    }
    const source = await api.post('/v1/sources', { name: 'bench', ...stack.database(DATABASE) })
    const bytes = await databaseBytes(stack, DATABASE)
    return { dir, stack, api, repositories, sourceId: source.id as string, bytes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export type BenchScene = Awaited<ReturnType<typeof startBenchScene>>

async function addRepository(
  api: ApiClient,
  { keys }: EmbeddedStack,
  name: string,
  body: object
): Promise<string> {
  const { id, probeRunId } = await api.post('/v1/repositories', {
    name,
    recipients: [keys.recipient],
    ...body
  })
  await api.waitForRun(probeRunId)
  return id
}

/** A run of ours from its request to its end, as the API tells it. */
export async function timeRun(
  { api, stack }: BenchScene,
  start: () => Promise<string>
): Promise<{ usage: Usage; run: Json }> {
  const before = await cpuSeconds(stack.pids.worker)
  const run = await api.waitForRun(await start())
  const seconds = (Date.parse(run.finishedAt) - Date.parse(run.createdAt)) / 1000
  const cpu = (await cpuSeconds(stack.pids.worker)) - before
  return { usage: { seconds, cpu, bytes: null }, run }
}

/** The longest time that the worker's event loop stood still since this was last asked, in ms. */
export async function longestStall({ stack }: BenchScene): Promise<number> {
  const text = await (await fetch(`${stack.workerUrl}/metrics`)).text()
  const lag = /^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(text)
  return Math.round(Number(lag?.[1] ?? Number.NaN) * 1000)
}
