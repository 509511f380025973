/**
 * Starts what the tests share (a PostgreSQL cluster, Redis, a one-node S3), runs tap with their addresses in the environment,
 * and stops everything. Every test makes its own database, key prefix and bucket in them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './support/postgres.ts'
import { startRedis } from './support/redis.ts'
import { startS3 } from './support/rgw.ts'

const dir = await mkdtemp(join(tmpdir(), 'resguardo-test-'))
await chmod(dir, 0o755) // as root, the database server runs as another user
const stops: (() => Promise<void>)[] = []
let code = 1
process.once('SIGINT', () => {})
process.once('SIGTERM', () => {})
try {
  const started = await Promise.all([
    keep(startServer(join(dir, 'postgres'))),
    keep(startRedis(join(dir, 'redis'))),
    keep(startS3(join(dir, 's3')))
  ])
  const tap = spawn(
    'tap',
    ['run', `--jobs=${availableParallelism() + 1}`, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: Object.assign({}, process.env, ...started.map(({ env }) => env))
    }
  )
  const [exitCode] = await once(tap, 'exit')
  code = exitCode ?? 1
} finally {
  await Promise.allSettled(stops.map(stop => stop()))
  await rm(dir, { recursive: true, force: true })
}
process.exit(code)

/** Remembers how to stop what was started, also when something beside it fails to start. */
async function keep<T extends { stop: () => Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  stops.push(started.stop)
  return started
}
