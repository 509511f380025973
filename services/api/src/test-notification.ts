import { randomUUID } from 'node:crypto'
import type { Channel, Notification } from '@resguardo/catalog'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pause, within } from './timeouts.ts'

const REDIS_TIMEOUT_MS = 2_000
const POLL_MS = 300

/** Writes a test message to the catalog, then to the audit log, then tells a worker. Where Redis is away, the sweep does it. */
export async function sendTest(
  { catalog, queues }: FastifyInstance,
  request: FastifyRequest,
  { id: channelId, name }: Channel
): Promise<Notification> {
  const id = randomUUID()
  const notification = await catalog.notifications.create({
    id,
    channelId,
    incidentId: null,
    event: 'test',
    message: testMessage(id, name, request.actor)
  })
  await request.audit('channel.test', `channel:${channelId}`, { notificationId: id })
  try {
    await within(REDIS_TIMEOUT_MS, queues.enqueueNotification(notification), 'Redis')
  } catch (err) {
    request.log.warn({ err, notificationId: id }, 'not enqueued; the sweep will')
  }
  return notification
}

/** As `Message` of the notifiers. */
const testMessage = (id: string, channel: string, requestedBy: string) => ({
  id,
  event: 'test',
  severity: 'info',
  at: new Date().toISOString(),
  policy: null,
  source: null,
  title: `Test of channel ${channel}`,
  text: 'Somebody asked for this message to see that the channel works. There is nothing to do.',
  facts: { Channel: channel, 'Requested by': requestedBy }
})

/** Whether it was sent, or at least tried. */
export const isTried = ({ state, error }: Notification) => state !== 'queued' || error !== null

/** The notification when it was tried, the time is over, the client has left or the service stops. */
export async function waitUntilTried(
  app: FastifyInstance,
  request: FastifyRequest,
  id: string,
  seconds: number
): Promise<Notification> {
  const signal = AbortSignal.any([
    app.closing,
    request.signal,
    AbortSignal.timeout(Math.max(1, seconds * 1_000))
  ])
  for (;;) {
    const notification = await app.catalog.notifications.get(id)
    if (isTried(notification) || seconds === 0 || signal.aborted) return notification
    await pause(POLL_MS, signal)
  }
}
