import type { FastifyPluginAsync } from 'fastify'
import apiKeys from './api-keys.ts'
import audit from './audit.ts'
import backupRuns from './backup-runs.ts'
import backups from './backups.ts'
import health from './health.ts'
import keptDatabases from './kept-databases.ts'
import repositories from './repositories.ts'
import repositoryRuns from './repository-runs.ts'
import restores from './restores.ts'
import runEvents from './run-events.ts'
import runs from './runs.ts'
import sources from './sources.ts'
import status from './status.ts'

/** One line a resource. */
const routes: FastifyPluginAsync = async app => {
  await app.register(health, { prefix: '/health' })
  await app.register(status, { prefix: '/v1/status' })
  await app.register(sources, { prefix: '/v1/sources' })
  await app.register(repositories, { prefix: '/v1/repositories' })
  await app.register(repositoryRuns, { prefix: '/v1/repositories' })
  await app.register(backups, { prefix: '/v1/backups' })
  await app.register(backupRuns, { prefix: '/v1/backups' })
  await app.register(keptDatabases, { prefix: '/v1/kept-databases' })
  await app.register(restores, { prefix: '/v1/restores' })
  await app.register(runs, { prefix: '/v1/runs' })
  await app.register(runEvents, { prefix: '/v1/runs' })
  await app.register(apiKeys, { prefix: '/v1/api-keys' })
  await app.register(audit, { prefix: '/v1/audit' })
}

export default routes
