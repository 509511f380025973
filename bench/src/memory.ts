/**
 * npm run bench:memory -- [MEGABYTES ...]
 * The worker's peak memory (VmHWM) for one backup and one restore of databases of these sizes, each in a fresh worker.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startEmbeddedStack } from '../../services/embedded/src/embedded-stack.ts'
import { homeDirectory } from '../../services/embedded/src/home.ts'
import { interruptible } from '../../services/embedded/src/interruptible.ts'
import { say, table } from '../../services/embedded/src/terminal.ts'
import { fillPgbench } from './databases.ts'
import { peakMemory } from './process-usage.ts'
import { startBenchS3 } from './s3.ts'

const sizes = process.argv.slice(2).map(Number)
const rows: string[][] = []

await interruptible(async signal => {
  for (const megabytes of sizes.length > 0 ? sizes : [200, 2000]) {
    for (const kind of ['local', 's3'] as const) rows.push(await measure(megabytes, kind, signal))
  }
  table(['database', 'repository', 'peak after backup', 'peak after restore'], rows)
})

async function measure(megabytes: number, kind: 'local' | 's3', signal: AbortSignal) {
  const dir = join(homeDirectory(), `bench-${process.pid}`)
  await mkdir(dir, { recursive: true })
  const s3 = kind === 's3' ? await startBenchS3(join(dir, 's3')) : undefined
  const stack = await startEmbeddedStack(dir, { signal, onStep: () => {} })
  try {
    await fillPgbench(stack, 'bench', megabytes)
    const api = await stack.client('bench')
    const path = join(dir, 'repository')
    await mkdir(path)
    const repository = await api.post('/v1/repositories', {
      name: 'bench',
      recipients: [stack.keys.recipient],
      ...(s3?.repository ?? { kind: 'local', settings: { path } })
    })
    await api.waitForRun(repository.probeRunId)
    const source = await api.post('/v1/sources', { name: 'bench', ...stack.database('bench') })
    const run = await api.waitForRun(
      (await api.post('/v1/backups', { sourceId: source.id, repositoryId: repository.id })).id
    )
    const afterBackup = await peakMemory(stack.pids.worker)
    const { backupId } = run
    const { runId } = await api.post('/v1/restores', { backupId, target: { database: 'again' } })
    await api.waitForRun(runId)
    const afterRestore = await peakMemory(stack.pids.worker)
    say(`  ${megabytes} MB, ${kind}: measured`)
    return [`${megabytes} MB`, kind, `${afterBackup} MiB`, `${afterRestore} MiB`]
  } finally {
    await stack.stop()
    await s3?.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
