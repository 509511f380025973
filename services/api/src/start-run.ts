import type { NewRun, Run } from '@resguardo/catalog'
import type { RunKind } from '@resguardo/domain'
import { jobOfKind } from '@resguardo/jobs'
import { AppError } from '@resguardo/shared'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** What every run says about where it came from. */
export const newRun = (request: FastifyRequest, kind: RunKind): NewRun => ({
  kind,
  maxAttempts: jobOfKind[kind].attempts,
  requestedBy: request.actor,
  requestId: request.id
})

/** Writes a run to the catalog, then to the audit log, then tells a worker. */
export async function startRun(
  app: FastifyInstance,
  request: FastifyRequest,
  kind: RunKind,
  details: Partial<NewRun>
): Promise<Run> {
  return begin(request, await app.catalog.runs.create({ ...newRun(request, kind), ...details }))
}

/** As `startRun`. @throws RUN_EXISTS where a run that does the same is unfinished */
export async function startRunOnce(
  app: FastifyInstance,
  request: FastifyRequest,
  kind: RunKind,
  details: Partial<NewRun>
): Promise<Run> {
  const run = await app.catalog.runs.createOnce({ ...newRun(request, kind), ...details })
  if (!run) throw new AppError('RUN_EXISTS', `A ${kind} run for this exists already`)
  return begin(request, run)
}

async function begin(request: FastifyRequest, run: Run): Promise<Run> {
  await request.audit(`${run.kind}.request`, `run:${run.id}`, {
    sourceId: run.sourceId,
    repositoryId: run.repositoryId,
    backupId: run.backupId,
    restoreId: run.restoreId
  })
  await request.enqueue(run)
  return run
}
