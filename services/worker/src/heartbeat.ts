import type { Catalog, Claim } from '@resguardo/catalog'
import type { Progress } from '@resguardo/domain'
import { AppError, asAppError, type Config, type Logger } from '@resguardo/shared'

export interface Heartbeat {
  stop(): Promise<void>
  /** Repeats a write while the catalog is away and the claim can still be ours. */
  persist<T>(write: () => Promise<T>): Promise<T>
}

interface HeartbeatOptions {
  catalog: Catalog
  claim: Claim
  config: Config
  log: Logger
  progress: () => Progress | undefined
  /** Called once with the reason why the attempt must stop. */
  onStop: (reason: AppError) => void
}

/**
 * Shows that an attempt is alive, carries its progress and learns of cancels. While the catalog is away the attempt goes on,
 * but only as long as nobody else can have taken it over: it stops itself before the claim goes stale.
 */
export function startHeartbeat({
  catalog,
  claim,
  config,
  log,
  progress,
  onStop
}: HeartbeatOptions): Heartbeat {
  const { HEARTBEAT_MS, STALE_AFTER_MS } = config
  const patience = STALE_AFTER_MS * 0.7
  let lastSeen = Date.now()
  let stopped = false
  let wake = () => {}
  const beating = beat()
  return { stop, persist }

  async function beat() {
    while (!stopped) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, HEARTBEAT_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (stopped) return
      const asked = Date.now()
      try {
        const done = progress()
        const { cancelRequested } = await catalog.runs.heartbeat(
          claim,
          done ? { progress: done } : {}
        )
        lastSeen = asked
        if (cancelRequested) onStop(new AppError('RUN_CANCELLED', 'The run was cancelled'))
      } catch (error) {
        if (asAppError(error).code === 'RUN_FENCED') return onStop(asAppError(error))
        log.warn({ err: error }, 'heartbeat failed')
        if (Date.now() - lastSeen > patience)
          return onStop(
            new AppError(
              'RUN_FENCED',
              'The catalog did not answer for so long that another worker may have taken over'
            )
          )
      }
    }
  }

  async function stop() {
    stopped = true
    wake()
    await beating
  }

  async function persist<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await write()
      } catch (error) {
        if (asAppError(error).code !== 'DEPENDENCY_UNAVAILABLE' || Date.now() - lastSeen > patience)
          throw error
        await new Promise(resolve => setTimeout(resolve, Math.min(500, HEARTBEAT_MS)))
      }
    }
  }
}
