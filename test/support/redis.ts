import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { freePort } from '@resguardo/pg-tools'
import { Redis } from 'ioredis'

/** A Redis of our own on a free port. `kill` ends it at once; `url` stays the same when it is started again with that port. */
export async function startRedis(dir: string, port?: number) {
  port ??= await freePort()
  await mkdir(dir, { recursive: true })
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      dir,
      '--maxmemory-policy',
      'noeviction'
    ],
    { stdio: 'ignore' }
  )
  const exited = once(child, 'exit')
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => {})
  await client.ping()
  client.disconnect()
  return {
    url,
    port,
    env: { TEST_REDIS_URL: url },
    async stop() {
      child.kill('SIGKILL')
      await exited
    }
  }
}

/** Deletes everything in a Redis. */
export async function wipeRedis(url: string) {
  const client = new Redis(url)
  await client.flushall()
  client.disconnect()
}
