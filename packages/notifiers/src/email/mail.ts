import { createHash } from 'node:crypto'
import type { SendMailOptions } from 'nodemailer'
import type { Static } from 'typebox'
import { messageFacts } from '../message-facts.ts'
import { messageHtml } from '../message-html.ts'
import type { Message } from '../notifier.ts'
import type { emailSettings } from './settings.ts'

/** The mail of a message: with the same Message-ID and date whenever it is made. nodemailer keeps every header to one line. */
export const mailOf = (
  message: Message,
  { from, to }: Static<typeof emailSettings>
): SendMailOptions => ({
  messageId: messageId(message.id, from),
  date: new Date(message.at),
  from: { name: 'Resguardo', address: from },
  to,
  subject: message.title,
  text: `${message.text}\n\n${factLines(message)}\n`,
  html: message.html ?? messageHtml(message),
  attachments: (message.attachments ?? []).map(({ name, contentType, content }) => ({
    filename: name,
    contentType,
    content
  })),
  headers: {
    // Holiday notices and the like shall not come back. RFC 3834
    'Auto-Submitted': 'auto-generated',
    'X-Resguardo-Event': message.event,
    'X-Resguardo-Delivery': message.id
  }
})

/** Hashed, because not every id is a valid left side. */
const messageId = (id: string, from: string) =>
  `<${createHash('sha256').update(id).digest('hex').slice(0, 32)}@${from.split('@')[1]}>`

const factLines = (message: Message) =>
  messageFacts(message)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
