/**
 * Starts what the tests share (a PostgreSQL cluster, Redis, a one-node S3), runs tap with their addresses in the environment,
 * and stops everything. Every test makes its own database, key prefix and bucket in them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './support/postgres.ts'
import { startRedis } from './support/redis.ts'
import { startS3 } from './support/rgw.ts'

const dir = await mkdtemp(join(tmpdir(), 'resguardo-test-'))
const stops: (() => Promise<void>)[] = []
let code = 1
process.once('SIGINT', () => {})
process.once('SIGTERM', () => {})
try {
  const [postgres, redis, s3] = await Promise.all(
    [
      startServer(join(dir, 'postgres')),
      startRedis(join(dir, 'redis')),
      startS3(join(dir, 's3'))
    ].map(starting => starting.then(started => (stops.push(started.stop), started)))
  )
  const tap = spawn(
    'tap',
    ['run', `--jobs=${Math.max(2, availableParallelism() - 1)}`, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, ...postgres!.env, ...redis!.env, ...s3!.env }
    }
  )
  const [exitCode] = await once(tap, 'exit')
  code = exitCode ?? 1
} finally {
  await Promise.allSettled(stops.map(stop => stop()))
  await rm(dir, { recursive: true, force: true })
}
process.exit(code)
