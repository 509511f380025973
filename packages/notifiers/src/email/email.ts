import { AppError } from '@resguardo/shared'
import { createTransport } from 'nodemailer'
import type { Static } from 'typebox'
import type { Notifier, OpenOptions } from '../notifier.ts'
import { explainSmtpError, isLasting } from './errors.ts'
import { mailOf } from './mail.ts'
import type { emailSettings } from './settings.ts'
import { checkCaCert, loginOf, loginSecrets, transportOptions } from './transport.ts'

/**
 * Sends each message as one mail to all addresses, by a connection of its own. An address that is refused is an error though
 * the others have the mail; where it is tried again, they get it with the same Message-ID.
 */
export function openEmail(
  settings: Static<typeof emailSettings>,
  secret: string | undefined,
  { timeoutMs = 30_000 }: OpenOptions = {}
): Notifier {
  checkCaCert(settings)
  const login = loginOf(settings, secret)
  const transport = createTransport(transportOptions(settings, login))
  const receiver = `Mail server ${settings.host}:${settings.port}`
  const secrets = login ? loginSecrets(login) : []

  return {
    async send(message, { signal }) {
      signal.throwIfAborted()
      const timeout = AbortSignal.timeout(timeoutMs)
      const mail = { ...mailOf(message, settings), signal: AbortSignal.any([signal, timeout]) }
      const { rejectedErrors = [] } = await transport.sendMail(mail).catch(error => {
        signal.throwIfAborted()
        throw timeout.aborted
          ? new AppError('NOTIFICATION_FAILED', `${receiver}: not done within ${timeoutMs} ms`)
          : explainSmtpError(error, receiver, secrets)
      })
      const refused = rejectedErrors.find(error => !isLasting(error)) ?? rejectedErrors[0]
      if (refused) throw explainSmtpError(refused, receiver, secrets)
    },
    async close() {
      transport.close()
    }
  }
}
