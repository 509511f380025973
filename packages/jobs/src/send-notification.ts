import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

/** Retries are the catalog's: attempt and next time stand in the notification's row. */
export const sendNotification = defineJob({
  name: 'send-notification',
  queue: 'maintenance',
  payload: Type.Object({ notificationId: Type.String({ format: 'uuid' }) }),
  attempts: 8
})
