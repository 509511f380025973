import type { NewRun, Run } from '@resguardo/catalog'
import type { RunKind } from '@resguardo/domain'
import { jobOfKind } from '@resguardo/jobs'
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
  const run = await app.catalog.runs.create({ ...newRun(request, kind), ...details })
  await request.audit(`${kind}.request`, `run:${run.id}`, {
    sourceId: run.sourceId,
    repositoryId: run.repositoryId
  })
  await request.enqueue(run)
  return run
}
