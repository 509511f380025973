import { randomUUID } from 'node:crypto'
import type { Message } from '@resguardo/notifiers'
import type { Dependencies } from './dependencies.ts'

/** Writes a notification for each channel and asks for its delivery. Where Redis is away the sweep asks again. */
export async function notify(
  { catalog, queues, log }: Dependencies,
  channelIds: string[],
  message: Omit<Message, 'id'>,
  incidentId: string | null = null
): Promise<void> {
  for (const channelId of channelIds) {
    const id = randomUUID()
    const { event } = message
    const row = { id, channelId, incidentId, event, message: { id, ...message } }
    const notification = await catalog.notifications.create(row)
    await queues
      .enqueueNotification(notification)
      .catch(err => log.warn({ err, channelId }, 'notification not enqueued; the sweep will'))
  }
}
