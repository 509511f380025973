import { messageFacts } from '../message-facts.ts'
import type { Message } from '../notifier.ts'
import { severityColour } from '../severity-colour.ts'

/**
 * A message as Slack, Mattermost and Rocket.Chat take it. All that matters is in `text`, which each of them shows, also in a
 * push notification; the facts are an attachment, the only form with a colour that all three know.
 * @see https://docs.slack.dev/messaging/formatting-message-text
 */
export const slackPayload = (message: Message) => ({
  text: escapeSlack(`${message.title}\n${message.text}`),
  mrkdwn: false,
  attachments: [
    {
      color: severityColour[message.severity],
      fallback: escapeSlack(message.title),
      fields: messageFacts(message).map(([title, value]) => ({
        title: escapeSlack(title),
        value: escapeSlack(value),
        short: value.length <= 40
      })),
      footer: 'Resguardo'
    }
  ]
})

/** The three characters that Slack gives a meaning to: links, and mentions such as `<!channel>`. */
const escapeSlack = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
