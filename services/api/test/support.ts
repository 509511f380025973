import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { migrate, type Role } from '@resguardo/catalog'
import { loadConfig } from '@resguardo/shared'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { type AppOptions, buildApp } from '../src/app.ts'

const run = promisify(execFile)

interface TestAppOptions extends Pick<AppOptions, 'pressure'> {
  // Without limits unless a test sets some: many tests at once stop each other for a second.
  /** RESGUARDO_ variables, without the prefix. */
  env?: Record<string, string>
  /** Adds to the app before it is ready. */
  extend?: (app: FastifyInstance) => void
}

/** The whole API on a database and a Redis prefix of its own, a key of each role, and every line it logs. */
export async function buildTestApp(
  t: Test,
  { env = {}, pressure = {}, extend }: TestAppOptions = {}
) {
  const name = `test_${randomBytes(6).toString('hex')}`
  const catalogUrl = await createDatabase(t, name)
  await migrate(catalogUrl)
  const redisUrl = env.REDIS_URL ?? required('TEST_REDIS_URL')
  const settings = {
    CATALOG_URL: catalogUrl,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: name,
    MASTER_KEY: randomBytes(32).toString('base64'),
    RATE_LIMIT_PER_MINUTE: '100000',
    LOGIN_FAILURES_PER_MINUTE: '100000',
    ...env
  }
  const config = loadConfig(
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [`RESGUARDO_${key}`, value]))
  )
  const lines: string[] = []
  const logTo = { write: (line: string) => void lines.push(line) }
  const app = await buildApp({ config, logTo, pressure })
  t.teardown(async () => {
    await app.close()
    if (!env.REDIS_URL) await dropKeys(redisUrl, name)
  })
  extend?.(app)
  await app.ready()
  const { catalog } = app
  const keyOf = async (role: Role) => (await catalog.apiKeys.create({ name: role, role })).key
  const keys: Record<Role, string> = {
    viewer: await keyOf('viewer'),
    operator: await keyOf('operator'),
    admin: await keyOf('admin')
  }
  /** Asks with the key of a role. */
  const ask = (role: Role, options: InjectOptions) =>
    app.inject({
      ...options,
      headers: { authorization: `Bearer ${keys[role]}`, ...options.headers }
    })
  return { app, catalog, keys, ask, lines, config }
}
export type TestApp = Awaited<ReturnType<typeof buildTestApp>>

async function createDatabase(t: Test, name: string) {
  const url = new URL(required('TEST_PG_URL'))
  const psql = (sql: string) => run('psql', ['-X', '-q', '-d', url.href, '-c', sql])
  await psql(`create database ${name}`)
  t.teardown(() => psql(`drop database ${name} with (force)`))
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

async function dropKeys(url: string, prefix: string) {
  const redis = new Redis(url)
  const keys = await redis.keys(`${prefix}:*`)
  if (keys.length > 0) await redis.del(...keys)
  redis.disconnect()
}

function required(variable: string) {
  const value = process.env[variable]
  if (!value) throw new Error(`${variable} is not set: run through npm test`)
  return value
}
