import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Json, send } from '@resguardo/api-client'
import { type Catalog, createMasterKey, migrate, openCatalog } from '@resguardo/catalog'
import { freePort } from '@resguardo/pg-tools'
import { createSigningKey } from '@resguardo/repository'
import type { Test } from 'tap'
import { createDatabase, serverPrograms, type TestDatabase } from './postgres.ts'
import { wrapTool as wrapProgram } from './wrap-tool.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Times that make a lost worker noticed within two seconds. */
const fast = {
  RESGUARDO_HEARTBEAT_MS: '200',
  RESGUARDO_STALE_AFTER_MS: '2000',
  RESGUARDO_SWEEP_MS: '300',
  RESGUARDO_RETRY_DELAY_MS: '0',
  RESGUARDO_SHUTDOWN_GRACE_MS: '500',
  RESGUARDO_STALL_AFTER_MS: '20000'
}

export interface RunningService {
  pid: number
  /** Everything it logged so far. */
  log(): Promise<string>
  kill(): Promise<void>
  /** SIGTERM, then waits. */
  stop(): Promise<void>
}

/**
 * The API as a real process on a catalog and Redis prefix of its own; workers are started by the test, as many and as broken
 * as it wants. Everything ends with the test.
 */
export async function startStack(
  t: Test,
  options: { catalogUrl?: string; redisUrl?: string } = {}
) {
  const dir = await mkdtemp(join(tmpdir(), 'resguardo-stack-'))
  const services: RunningService[] = []
  const catalogUrl = options.catalogUrl ?? (await createDatabase(t)).url
  let catalog: Catalog | undefined
  t.teardown(async () => {
    await Promise.all(services.map(service => service.kill()))
    await catalog?.close()
    await rm(dir, { recursive: true, force: true })
  })
  const file = async (name: string, text: string) => {
    await writeFile(join(dir, name), text, { mode: 0o600 })
    return join(dir, name)
  }
  const identityFile = join(dir, 'identity.txt')
  await run('age-keygen', ['-o', identityFile])
  const recipient = (await run('age-keygen', ['-y', identityFile])).stdout.trim()
  const masterKey = createMasterKey()
  const env = {
    ...fast,
    RESGUARDO_ENV: 'test',
    RESGUARDO_LOG_LEVEL: 'debug',
    RESGUARDO_CATALOG_URL_FILE: await file('catalog-url', catalogUrl),
    RESGUARDO_REDIS_URL: options.redisUrl ?? process.env.TEST_REDIS_URL!,
    RESGUARDO_REDIS_PREFIX: `t${randomBytes(5).toString('hex')}`,
    RESGUARDO_MASTER_KEY_FILE: await file('master.key', masterKey),
    RESGUARDO_SIGNING_KEY_FILE: await file('signing.pem', createSigningKey().privateKey)
  }
  await migrate(catalogUrl)
  catalog = await openCatalog({ url: catalogUrl, masterKey, onError: () => {} })
  const { key } = await catalog.apiKeys.create({ name: 'test', role: 'admin' })
  const apiPort = await freePort()
  const apiUrl = `http://127.0.0.1:${apiPort}`
  await startService(
    'api',
    { RESGUARDO_API_PORT: String(apiPort), RESGUARDO_API_METRICS_PORT: String(await freePort()) },
    apiPort
  )
  return {
    dir,
    apiUrl,
    key,
    catalog,
    catalogUrl,
    env,
    recipient,
    identityFile,
    call,
    must,
    startWorker,
    wrapTool,
    localRepository,
    repository,
    source,
    runEnd,
    backup,
    restore,
    until: <T>(ready: () => Promise<T>) => until(ready).catch(explain)
  }

  /** A test that waited in vain shows what the services said last. */
  async function explain(error: Error): Promise<never> {
    const logs = await Promise.all(services.map(service => service.log()))
    const tails = logs.map(log => log.trimEnd().split('\n').slice(-8).join('\n'))
    throw new Error([error.message, ...tails].join('\n\n'), { cause: error })
  }

  async function startService(
    name: 'api' | 'worker',
    extra: NodeJS.ProcessEnv,
    port: number
  ): Promise<RunningService> {
    const logFile = join(dir, `${name}-${randomBytes(3).toString('hex')}.log`)
    const child = spawn(
      '/bin/sh',
      ['-c', `exec "$0" services/${name}/src/main.ts >"$1" 2>&1`, process.execPath, logFile],
      {
        cwd: root,
        env: {
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          ...env,
          ...extra
        }
      }
    )
    const exited = once(child, 'exit')
    const log = () => readFile(logFile, 'utf8').catch(() => '')
    const end = (signal: NodeJS.Signals) => async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await exited
    }
    const service = { pid: child.pid!, log, kill: end('SIGKILL'), stop: end('SIGTERM') }
    services.push(service)
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended while starting:\n${await log()}`)
      return (await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined))?.ok
    })
    return service
  }

  async function startWorker(extra: NodeJS.ProcessEnv = {}) {
    const port = await freePort()
    return startService(
      'worker',
      { RESGUARDO_AGE_IDENTITY_FILE: identityFile, RESGUARDO_WORKER_PORT: String(port), ...extra },
      port
    )
  }

  /** See wrap-tool.ts; PostgreSQL's programs are those of the tests' server. */
  async function wrapTool(tool: string, script: string): Promise<string> {
    const from = tool.startsWith('pg_') ? (await serverPrograms()).bin : undefined
    return wrapProgram(dir, tool, script, from)
  }

  async function call(
    method: string,
    path: string,
    body?: Json
  ): Promise<{ status: number; body: Json }> {
    const response = await send(apiUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body ? { 'content-type': 'application/json' } : {})
      },
      ...(body ? { body: JSON.stringify(body) } : {})
    })
    return { status: response.status, body: (await response.json().catch(() => ({}))) as Json }
  }

  /** The body of an answer that is not an error. */
  async function must(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await call(method, path, body)
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  /** Registers a repository and waits until a worker has probed it. */
  async function repository(name: string, body: Json): Promise<Json> {
    const created = await must('POST', '/v1/repositories', {
      name,
      recipients: [recipient],
      ...body
    })
    const probe = await runEnd(created.probeRunId)
    if (probe.status !== 'succeeded') throw new Error(`probe: ${JSON.stringify(probe.error)}`)
    return must('GET', `/v1/repositories/${created.id}`)
  }

  async function localRepository(name = 'local') {
    const path = join(dir, `repository-${name}`)
    await mkdir(path, { recursive: true })
    const { id } = await repository(name, { kind: 'local', settings: { path } })
    return {
      id: id as string,
      path,
      files: () => filesBelow(path),
      backupFiles: async () => (await filesBelow(path)).filter(name => name.includes('/backups/'))
    }
  }

  async function source(name: string, database: TestDatabase, change: Json = {}): Promise<string> {
    const { id } = await must('POST', '/v1/sources', {
      name,
      ...database.connection,
      password: database.password,
      ...change
    })
    return id
  }

  /** Waits for a run's end. */
  async function runEnd(id: string): Promise<Json> {
    let found: Json = {}
    await until(async () => {
      found = (await call('GET', `/v1/runs/${id}`)).body
      return ['succeeded', 'failed', 'cancelled'].includes(found.status)
    })
    return found
  }

  async function backup(sourceId: string, repositoryId: string, body: Json = {}): Promise<Json> {
    return must('POST', '/v1/backups', { sourceId, repositoryId, ...body })
  }

  /** Starts a restore and waits for its end; `run` tells how it ended. */
  async function restore(
    backupId: string,
    database: string,
    body: Json = {}
  ): Promise<{ restore: Json; run: Json }> {
    const { id, runId } = await must('POST', '/v1/restores', {
      backupId,
      target: { database },
      ...body
    })
    const ended = await runEnd(runId)
    return { restore: await must('GET', `/v1/restores/${id}`), run: ended }
  }
}

export type Stack = Awaited<ReturnType<typeof startStack>>

/** Polls until `ready` gives something true; after a minute and a half it throws. */
export async function until<T>(ready: () => Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const value = await ready()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`waited too long for: ${ready}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** Paths of all files below a directory, relative to it. */
export async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort()
}
