import type { Catalog } from '@resguardo/catalog'
import { isFinished } from '@resguardo/domain'
import type { FastifyBaseLogger } from 'fastify'
import { presentRun } from './schemas/run.ts'
import { pause } from './timeouts.ts'

const POLL_MS = 500
const HEARTBEAT_MS = 15_000

interface RunEventsOptions {
  catalog: Catalog
  id: string
  /** Stops the stream: the client left, or the service stops. */
  signal: AbortSignal
  log: FastifyBaseLogger
}

/**
 * Server-sent events of one run: `run` with a snapshot whenever something changed, `end` with the last one, and a comment
 * every 15 s so that proxies keep the connection. A client that loses it, or gets no `end`, connects again.
 */
export async function* runEvents({ catalog, id, signal, log }: RunEventsOptions) {
  yield 'retry: 2000\n\n'
  let sent = ''
  let sentAt = Date.now()
  try {
    while (!signal.aborted) {
      const run = await catalog.runs.get(id)
      const snapshot = JSON.stringify(presentRun(run))
      if (snapshot !== sent) {
        yield event('run', snapshot)
        sent = snapshot
        sentAt = Date.now()
      } else if (Date.now() - sentAt >= HEARTBEAT_MS) {
        yield ': still here\n\n'
        sentAt = Date.now()
      }
      if (isFinished(run.status)) {
        yield event('end', snapshot)
        return
      }
      await pause(POLL_MS, signal)
    }
  } catch (err) {
    log.warn({ err, runId: id }, 'event stream ended early')
  }
}

const event = (type: string, data: string) => `event: ${type}\ndata: ${data}\n\n`
