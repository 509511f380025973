import { createServer, type ServerResponse } from 'node:http'
import type { Dependencies } from './dependencies.ts'

const CHECK_MS = 2_000

/** /health/live, /health/ready and /metrics of the worker, for the orchestrator and Prometheus only. */
export async function startProbeServer({ config, catalog, queues, metrics, log }: Dependencies) {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch(err => {
      log.error({ err }, 'probe request failed')
      response.writeHead(500).end()
    })
  })
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(config.WORKER_PORT, config.METRICS_HOST, resolve)
  )
  return { close: () => new Promise(resolve => server.close(resolve)) }

  async function answer(url: string, response: ServerResponse) {
    if (url === '/metrics') {
      await refreshGauges().catch(err => log.warn({ err }, 'backup gauges not refreshed'))
      response
        .writeHead(200, { 'content-type': metrics.registry.contentType })
        .end(await metrics.registry.metrics())
      return
    }
    if (url !== '/health/live' && url !== '/health/ready') {
      response.writeHead(404).end()
      return
    }
    const [db, redis] = await Promise.all([check(() => catalog.ping(CHECK_MS)), check(pingRedis)])
    const ready = db === 'ok' && redis === 'ok'
    const status = url === '/health/live' || ready ? 200 : 503
    const body = {
      status: ready ? 'ok' : 'unavailable',
      db,
      redis,
      uptimeSec: Math.floor(process.uptime())
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  async function pingRedis() {
    await Promise.race([queues.ping(), rejectAfter(CHECK_MS)])
  }

  async function refreshGauges() {
    for (const { sourceName, kind, finishedAt, storedBytes } of await catalog.backups.newest()) {
      metrics.backupLastSuccess.set({ source: sourceName, kind }, finishedAt.getTime() / 1000)
      metrics.backupBytes.set({ source: sourceName, kind }, storedBytes)
    }
    for (const { sourceName: source, damaged, oldestVerified } of await catalog.backups.health()) {
      metrics.backupsDamaged.set({ source }, damaged)
      if (oldestVerified) metrics.verifyOldest.set({ source }, oldestVerified.getTime() / 1000)
    }
  }
}

async function check(work: () => Promise<unknown>) {
  try {
    await work()
    return 'ok'
  } catch (error) {
    return `unavailable: ${(error as Error).message}`
  }
}

const rejectAfter = (ms: number) =>
  new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms).unref()
  )
