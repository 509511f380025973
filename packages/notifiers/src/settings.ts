import { emailSettings } from './email/settings.ts'
import { slackSettings } from './slack/settings.ts'
import { webhookSettings } from './webhook/settings.ts'

/** Schemas only: what the API may import without opening anything. */
export const settingsOf = { webhook: webhookSettings, slack: slackSettings, email: emailSettings }
