import type { FastifyPluginAsync } from 'fastify'
import apiKeys from './api-keys.ts'
import audit from './audit.ts'
import backupRemoval from './backup-removal.ts'
import backupRuns from './backup-runs.ts'
import backups from './backups.ts'
import channels from './channels.ts'
import drills from './drills.ts'
import evidence from './evidence.ts'
import health from './health.ts'
import holds from './holds.ts'
import incidents from './incidents.ts'
import keptDatabases from './kept-databases.ts'
import notifications from './notifications.ts'
import policies from './policies.ts'
import policyRuns from './policy-runs.ts'
import policyViews from './policy-views.ts'
import prices from './prices.ts'
import reports from './reports.ts'
import repositories from './repositories.ts'
import repositoryRuns from './repository-runs.ts'
import restores from './restores.ts'
import runEvents from './run-events.ts'
import runs from './runs.ts'
import secrets from './secrets.ts'
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
  await app.register(backupRemoval, { prefix: '/v1/backups' })
  await app.register(holds, { prefix: '/v1' })
  await app.register(policies, { prefix: '/v1/policies' })
  await app.register(policyRuns, { prefix: '/v1/policies' })
  await app.register(policyViews, { prefix: '/v1/policies' })
  await app.register(drills, { prefix: '/v1' })
  await app.register(evidence, { prefix: '/v1/evidence' })
  await app.register(reports, { prefix: '/v1/reports' })
  await app.register(channels, { prefix: '/v1/channels' })
  await app.register(incidents, { prefix: '/v1/incidents' })
  await app.register(notifications, { prefix: '/v1/notifications' })
  await app.register(secrets, { prefix: '/v1/secrets' })
  await app.register(prices, { prefix: '/v1/prices' })
  await app.register(keptDatabases, { prefix: '/v1/kept-databases' })
  await app.register(restores, { prefix: '/v1/restores' })
  await app.register(runs, { prefix: '/v1/runs' })
  await app.register(runEvents, { prefix: '/v1/runs' })
  await app.register(apiKeys, { prefix: '/v1/api-keys' })
  await app.register(audit, { prefix: '/v1/audit' })
}

export default routes
