import { retryDelayMs } from '@resguardo/domain'
import { tasks } from '@resguardo/jobs'
import { type Message, notifiers } from '@resguardo/notifiers'
import { type AppError, asAppError } from '@resguardo/shared'
import type { Dependencies } from '../dependencies.ts'

/** Longer than any delivery takes: then another worker may try. */
const LEASE_MS = 120_000
const TIMEOUT_MS = 60_000
const FIRST_RETRY_MS = 15_000

/** One attempt to deliver a notification; the next attempt's time is noted in the catalog. */
export async function sendNotification(
  dependencies: Dependencies,
  { notificationId }: { notificationId: string }
): Promise<void> {
  const { catalog, metrics, log } = dependencies
  const notification = await catalog.notifications.claim(notificationId, LEASE_MS)
  if (!notification) return
  const channel = await catalog.channels.get(notification.channelId)
  try {
    const secret = await catalog.channels.readSecret(channel.id)
    const notifier = notifiers[channel.kind].open(channel.settings, secret)
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      await notifier.send(notification.message as unknown as Message, { signal })
    } finally {
      await notifier.close()
    }
    await catalog.notifications.sent(notification.id)
    metrics.notifications.inc({ channel: channel.name, outcome: 'sent' })
  } catch (error) {
    const known = asAppError(error, 'NOTIFICATION_FAILED')
    const delay = delayOf(known, notification.attempt)
    await catalog.notifications.failed(notification.id, known.toJSON(), delay)
    const outcome = delay === null ? 'given-up' : 'failed'
    metrics.notifications.inc({ channel: channel.name, outcome })
    log.warn({ err: known, channel: channel.name, outcome }, 'notification not delivered')
  }
}

function delayOf({ retryable }: AppError, attempt: number) {
  if (!retryable || attempt >= tasks.sendNotification.attempts) return null
  return retryDelayMs(attempt, FIRST_RETRY_MS, Math.random())
}
