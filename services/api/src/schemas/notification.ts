import type { Notification as CatalogNotification } from '@resguardo/catalog'
import { Type } from 'typebox'
import { DateTime, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'
import { RunError } from './run.ts'

export const NotificationState = Type.Enum(['queued', 'sent', 'failed'], {
  description: 'failed: given up'
})

export const Notification = named(
  'Notification',
  Type.Object(
    {
      id: Id,
      channelId: Id,
      incidentId: nullable(Id),
      event: Type.String({ examples: ['incident-opened'] }),
      message: Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        additionalProperties: true,
        description:
          'As a webhook gets it: id, event, severity, at, policy, source, title, text, facts'
      }),
      state: NotificationState,
      attempt: Type.Integer(),
      nextAttemptAt: DateTime,
      error: nullable(RunError),
      createdAt: DateTime,
      sentAt: nullable(DateTime)
    },
    { description: 'One message to one channel, and how its delivery stands' }
  )
)

/** Without the mail's HTML and attachments, which repeat the rest at length. */
export function presentNotification({ message, ...notification }: CatalogNotification) {
  const { html, attachments, ...shown } = message
  return { ...json(notification), message: shown }
}
