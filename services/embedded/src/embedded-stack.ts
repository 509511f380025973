import { mkdir } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { type ApiClient, apiClient } from '@resguardo/api-client'
import { migrate, openCatalog } from '@resguardo/catalog'
import {
  connect,
  findClientPrograms,
  freePort,
  type PgTarget,
  startScratchCluster
} from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import { type EmbeddedKeys, loadKeys } from './keys.ts'
import { answers, startProcess } from './service-process.ts'

/** Buffers of passing data are freed with the young generation: a small one keeps the worker 40 MiB smaller (bench/src/memory.ts). */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=2'

export interface EmbeddedStack {
  dir: string
  apiUrl: string
  keys: EmbeddedKeys
  /** A database of the embedded cluster, as superuser. */
  database(name: string): PgTarget
  /** PostgreSQL's programs that the cluster runs with. */
  bin: string
  /** Where the worker's probes and metrics are. */
  workerUrl: string
  /** Process ids of the services. */
  pids: { api: number; worker: number }
  /** Creates an API key of role admin, once more at each call. */
  createAdminKey(name: string): Promise<string>
  /** A client of the API with such a key. */
  client(keyName: string): Promise<ApiClient>
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Hears what is being started. */
  onStep: (text: string) => void
  signal: AbortSignal
  /** Lines of postgresql.conf, name to value, for a new cluster. */
  postgresSettings?: Record<string, string>
  /** Added to the worker's environment. */
  workerEnv?: Record<string, string>
}

/**
 * PostgreSQL, Redis, API and worker as real processes on free loopback ports, with everything they keep under `dir`.
 * What was started is stopped again when a later step fails or `signal` aborts.
 */
export async function startEmbeddedStack(
  dir: string,
  { onStep, signal, postgresSettings = {}, workerEnv: more = {} }: EmbeddedOptions
): Promise<EmbeddedStack> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of stops.reverse().splice(0))
      await step().catch(error => process.stderr.write(`while stopping: ${error.message}\n`))
  }
  try {
    return await start()
  } catch (error) {
    await stop()
    throw error
  }

  async function start(): Promise<EmbeddedStack> {
    const logDir = join(dir, 'logs')
    await mkdir(logDir, { recursive: true })
    const keys = await loadKeys(join(dir, 'keys'))
    const programs = (await findClientPrograms()).at(-1)
    if (!programs)
      throw new AppError('PG_CLIENT_MISSING', 'No PostgreSQL programs are installed', {
        hint: 'Run: npm run setup'
      })

    onStep('PostgreSQL')
    const port = await freePort()
    const cluster = await startScratchCluster({
      dir: join(dir, 'postgres'),
      bin: programs.bin,
      port,
      superuserPassword: keys.postgresPassword,
      settings: { max_connections: '100', ...postgresSettings }
    })
    stops.push(() => cluster.stop())
    const database = (name: string): PgTarget => ({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password: keys.postgresPassword,
      database: name,
      sslMode: 'disable'
    })
    signal.throwIfAborted()

    onStep('Redis')
    const redisUrl = await startRedis(logDir)
    signal.throwIfAborted()

    onStep('API and worker')
    const catalogUrl = await createCatalog(database)
    const ports = { api: await freePort(), apiMetrics: await freePort(), worker: await freePort() }
    const env = {
      PATH: process.env.PATH,
      ...(process.env.NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      RESGUARDO_ENV: 'embedded',
      RESGUARDO_CATALOG_URL: catalogUrl,
      RESGUARDO_REDIS_URL: redisUrl,
      RESGUARDO_MASTER_KEY_FILE: keys.masterKeyFile,
      RESGUARDO_API_PORT: String(ports.api),
      RESGUARDO_API_METRICS_PORT: String(ports.apiMetrics),
      RESGUARDO_WORKER_PORT: String(ports.worker)
    }
    const workerEnv = {
      ...env,
      RESGUARDO_SIGNING_KEY_FILE: keys.signingKeyFile,
      RESGUARDO_AGE_IDENTITY_FILE: keys.identityFile,
      RESGUARDO_PG_BIN_DIRS: programs.bin,
      // glibc keeps memory for each thread that allocates.
      MALLOC_ARENA_MAX: '2',
      ...more
    }
    await migrate(catalogUrl)
    const [api, worker] = await bothOrFail([
      service('api', env, `http://127.0.0.1:${ports.api}/health/ready`),
      service('worker', workerEnv, `http://127.0.0.1:${ports.worker}/health/ready`)
    ])
    signal.throwIfAborted()
    const apiUrl = `http://127.0.0.1:${ports.api}`
    return {
      dir,
      workerUrl: `http://127.0.0.1:${ports.worker}`,
      apiUrl,
      keys,
      database,
      bin: programs.bin,
      pids: { api: api.pid, worker: worker.pid },
      createAdminKey: name => createAdminKey(catalogUrl, name),
      client: async name =>
        apiClient({ baseUrl: apiUrl, key: await createAdminKey(catalogUrl, name) }),
      stop
    }

    async function service(name: string, serviceEnv: NodeJS.ProcessEnv, readyUrl: string) {
      const args = [SMALL_YOUNG_GENERATION, `services/${name}/src/main.ts`]
      const running = await startProcess(name, process.execPath, args, {
        env: serviceEnv,
        logDir,
        ready: () => answers(readyUrl)
      })
      stops.push(running.stop)
      return running
    }
  }

  async function startRedis(logDir: string) {
    const port = await freePort()
    const data = join(dir, 'redis')
    await mkdir(data, { recursive: true })
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      data,
      '--appendonly',
      'yes',
      '--maxmemory-policy',
      'noeviction'
    ]
    const redis = await startProcess('redis', 'redis-server', args, {
      env: { PATH: process.env.PATH },
      logDir,
      ready: () => listens(port)
    })
    stops.push(redis.stop)
    return `redis://127.0.0.1:${port}`
  }
}

/** Waits for both before it throws, so that whichever did start can be stopped. */
async function bothOrFail<T>(starting: [Promise<T>, Promise<T>]): Promise<[T, T]> {
  await Promise.allSettled(starting)
  return Promise.all(starting)
}

async function createCatalog(database: (name: string) => PgTarget) {
  const client = await connect(database('postgres'))
  try {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'resguardo'`)
    if (rowCount === 0) await client.query('CREATE DATABASE resguardo')
  } finally {
    await client.end()
  }
  const { host, port, user, password } = database('resguardo')
  return `postgres://${user}:${encodeURIComponent(password!)}@${host}:${port}/resguardo`
}

async function createAdminKey(url: string, name: string) {
  const catalog = await openCatalog({ url, onError: () => {} })
  try {
    return (await catalog.apiKeys.create({ name, role: 'admin' })).key
  } finally {
    await catalog.close()
  }
}

async function listens(port: number) {
  for (let i = 0; i < 200; i++) {
    const ok = await new Promise(resolve => {
      const socket = connectTcp(port, '127.0.0.1', () => socket.end(() => resolve(true)))
      socket.once('error', () => resolve(false))
    })
    if (ok) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`Nothing listens on port ${port}`)
}
