import { AppError } from '@resguardo/shared'
import type { NodemailerError } from 'nodemailer'
import { excerpt } from '../excerpt.ts'

/** Errors that stay, where no answer of the server says it: login impossible, address not valid, mail too large. */
const lasting = ['EAUTH', 'EENVELOPE', 'EMESSAGE']

const hints: Record<string, string> = {
  EAUTH: 'Correct the user of the channel, or its secret: the password.',
  ETLS: 'Check secure, port and caCert of the channel.'
}

/** What an error of nodemailer means. No cause is kept: it holds the server's answer as it came. */
export function explainSmtpError(
  error: NodemailerError,
  receiver: string,
  secrets: string[]
): AppError {
  const { recipient, message, code } = error
  const forWhom = recipient ? ` for ${recipient}` : ''
  const hint = hints[code ?? '']
  return new AppError(
    isLasting(error) ? 'NOTIFICATION_REFUSED' : 'NOTIFICATION_FAILED',
    `${receiver}${forWhom}: ${excerpt(message, secrets)}`,
    hint ? { hint } : {}
  )
}

export const isLasting = ({ responseCode, code = '' }: NodemailerError) =>
  responseCode ? responseCode >= 500 : lasting.includes(code)
