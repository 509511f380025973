import type { Dependencies } from '../dependencies.ts'
import { sendNotification } from '../tasks/send-notification.ts'

/** Delivers what Redis lost, and what waits for its next attempt. */
export async function sendDueNotifications(dependencies: Dependencies): Promise<void> {
  const { catalog, queues, queuesTaken } = dependencies
  for (const notification of await catalog.notifications.due()) {
    try {
      await queues.enqueueNotification(notification)
    } catch (error) {
      // Without Redis, nobody else would tell that it is away.
      if (!queuesTaken.includes('maintenance')) throw error
      await sendNotification(dependencies, { notificationId: notification.id })
    }
  }
}
