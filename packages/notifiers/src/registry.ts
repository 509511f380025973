import { checkSettings } from './check-settings.ts'
import { openEmail } from './email/email.ts'
import type { Notifier, OpenOptions } from './notifier.ts'
import { settingsOf } from './settings.ts'
import { openSlack } from './slack/slack.ts'
import { openWebhook } from './webhook/webhook.ts'

interface NotifierKind {
  kind: string
  /** Connects to nothing yet. @throws VALIDATION_FAILED where settings and secret are not this kind's */
  open(
    settings: Record<string, unknown>,
    secret: string | undefined,
    options?: OpenOptions
  ): Notifier
}

/** Every kind of channel there is. */
export const notifiers: Record<keyof typeof settingsOf, NotifierKind> = {
  webhook: {
    kind: 'webhook',
    open: (settings, secret, options) =>
      openWebhook(checkSettings(settingsOf.webhook, settings), secret, options)
  },
  slack: {
    kind: 'slack',
    open: (settings, secret, options) => {
      checkSettings(settingsOf.slack, settings)
      return openSlack(secret, options)
    }
  },
  email: {
    kind: 'email',
    open: (settings, secret, options) =>
      openEmail(checkSettings(settingsOf.email, settings), secret, options)
  }
}
