import { migrate } from '@resguardo/catalog'
import { AppError, loadConfig } from '@resguardo/shared'
import { buildApp } from './app.ts'
import { buildMetricsServer } from './metrics-server.ts'
import { stopOnSignal } from './stop-on-signal.ts'

try {
  const config = loadConfig(process.env, ['CATALOG_URL', 'REDIS_URL', 'MASTER_KEY'])
  await migrate(config.CATALOG_URL)
  const app = await buildApp({ config })
  const metricsServer = buildMetricsServer(app.metrics)
  stopOnSignal(config.SHUTDOWN_GRACE_MS, app.log, [app, metricsServer])
  await metricsServer.listen({ host: config.METRICS_HOST, port: config.API_METRICS_PORT })
  await app.listen({ host: config.API_HOST, port: config.API_PORT })
} catch (error) {
  console.error(error instanceof AppError ? `${error.message}\n${error.hint}` : error)
  process.exit(1)
}
