import { randomBytes } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import { migrate, openCatalog } from '@resguardo/catalog'
import { fairSlots } from '@resguardo/engines'
import { openQueues, queueNames } from '@resguardo/jobs'
import { findClientPrograms } from '@resguardo/pg-tools'
import { startHashThread } from '@resguardo/repository'
import {
  AppError,
  asAppError,
  type Config,
  createLogger,
  createMetrics,
  loadConfig
} from '@resguardo/shared'
import type { Dependencies } from './dependencies.ts'
import { startProbeServer } from './probe-server.ts'
import { startWorker } from './start-worker.ts'
import { startSweep } from './sweep.ts'

try {
  await main()
} catch (error) {
  const { code, message, hint } = asAppError(error)
  process.stderr.write(`${code}: ${message}\n${hint}\n`)
  process.exit(1)
}

async function main() {
  const config = loadConfig(process.env, ['CATALOG_URL', 'REDIS_URL', 'MASTER_KEY'])
  const log = createLogger({ service: 'worker', env: config.ENV, level: config.LOG_LEVEL })
  const queuesTaken = takenQueues(config)
  const onError = (err: Error) => log.error({ err }, 'connection error')
  await migrate(config.CATALOG_URL)
  const catalog = await openCatalog({
    url: config.CATALOG_URL,
    masterKey: config.MASTER_KEY,
    ...(config.MASTER_KEY_PREVIOUS ? { previousMasterKey: config.MASTER_KEY_PREVIOUS } : {}),
    env: process.env,
    onError
  })
  const dependencies: Dependencies = {
    config,
    log,
    catalog,
    queues: openQueues({ redisUrl: config.REDIS_URL, prefix: config.REDIS_PREFIX, onError }),
    metrics: createMetrics(),
    hashes: startHashThread(),
    clients: await findClientPrograms(config.PG_BIN_DIRS.split(',')),
    slots: fairSlots(config.WORKER_STREAMS || Math.max(2, availableParallelism())),
    workerId: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
    queuesTaken
  }
  const probes = await startProbeServer(dependencies)
  const workers = queuesTaken.map(name => startWorker(dependencies, name))
  const sweep = startSweep(dependencies)
  log.info(
    {
      queues: queuesTaken,
      clients: dependencies.clients.map(({ version }) => version),
      workerId: dependencies.workerId
    },
    'worker ready'
  )

  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))

  async function stop(signal: string) {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'worker stopping')
    await sweep.stop()
    await catalog.workers.gone(dependencies.workerId).catch(onError)
    await Promise.all(workers.map(worker => worker.stop(config.SHUTDOWN_GRACE_MS)))
    await probes.close()
    await dependencies.queues.close()
    await catalog.close()
    await dependencies.hashes.close()
    log.info('worker stopped')
    process.exit(0)
  }
}

/** @throws CONFIG_INVALID for a queue that does not exist */
function takenQueues({ WORKER_QUEUES }: Config) {
  const wanted = WORKER_QUEUES.split(',')
    .map(name => name.trim())
    .filter(Boolean)
  const unknown = wanted.filter(name => !queueNames.includes(name as (typeof queueNames)[number]))
  if (unknown.length > 0 || wanted.length === 0) {
    throw new AppError(
      'CONFIG_INVALID',
      `RESGUARDO_WORKER_QUEUES names unknown queues: ${unknown.join(', ') || '(none given)'}; there are ${queueNames.join(', ')}`
    )
  }
  return wanted
}
