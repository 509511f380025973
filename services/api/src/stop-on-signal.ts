import type { FastifyBaseLogger } from 'fastify'
import { within } from './timeouts.ts'

/** On SIGTERM or SIGINT lets requests finish for `graceMs`, then ends the process. A second signal ends it at once. */
export function stopOnSignal(
  graceMs: number,
  log: FastifyBaseLogger,
  servers: { close(): PromiseLike<unknown> }[]
) {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(1)
      stopping = true
      log.info({ signal }, 'stopping')
      const closed = Promise.all(servers.map(server => server.close()))
      try {
        await within(graceMs, closed, 'Closing')
        process.exit(0)
      } catch (err) {
        log.error({ err }, 'not stopped cleanly')
        process.exit(1)
      }
    })
  }
}
