import type { Run } from '@resguardo/catalog'
import { isFinished } from '@resguardo/domain'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { presentRun, type Run as ShownRun } from './schemas/run.ts'
import { pause } from './timeouts.ts'

const POLL_MS = 300

/** The run as it stands when it is finished, the time is over, the client has left or the service stops. */
export async function waitForRun(
  app: FastifyInstance,
  request: FastifyRequest,
  id: string,
  seconds: number
): Promise<Run> {
  const signal = AbortSignal.any([
    app.closing,
    request.signal,
    AbortSignal.timeout(Math.max(1, seconds * 1_000))
  ])
  for (;;) {
    const run = await app.catalog.runs.get(id)
    if (isFinished(run.status) || seconds === 0 || signal.aborted) return run
    await pause(POLL_MS, signal)
  }
}

/** 200 when the run is finished, 202 when the client has to come back. */
export const statusOf = (run: Run) => (isFinished(run.status) ? 200 : 202)

/** Answers with a run that was just started, when it is finished or `wait` seconds are over. */
export async function answerWithRun(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: Pick<FastifyReply, 'code' | 'header'>,
  { id, wait }: { id: string; wait: number }
): Promise<ShownRun> {
  const run = await waitForRun(app, request, id, wait)
  reply.code(statusOf(run))
  reply.header('Location', `/v1/runs/${run.id}`)
  return presentRun(run)
}
