import { X509Certificate } from 'node:crypto'
import { AppError } from '@resguardo/shared'
import type { SMTPTransportOptions } from 'nodemailer'
import type { Static } from 'typebox'
import { requireSecret } from '../check-settings.ts'
import type { emailSettings } from './settings.ts'

type EmailSettings = Static<typeof emailSettings>
type Login = { user: string; pass: string }

/** User and password, or neither. @throws VALIDATION_FAILED */
export function loginOf({ user }: EmailSettings, secret: string | undefined): Login | undefined {
  if (user) return { user, pass: requireSecret(secret, `the password of ${user}`) }
  if (!secret) return undefined
  throw new AppError('VALIDATION_FAILED', 'The channel has a secret, but /user is not set')
}

/** A wrong one would only make every certificate unknown. @throws VALIDATION_FAILED */
export function checkCaCert({ caCert }: EmailSettings) {
  try {
    if (caCert) new X509Certificate(caCert)
  } catch {
    throw new AppError('VALIDATION_FAILED', 'Channel settings: /caCert is not a certificate in PEM')
  }
}

/** forceAuth: a server that offers no login gets an error, not a mail that it may well drop. */
export const transportOptions = (
  { host, port, secure, caCert }: EmailSettings,
  login: Login | undefined
): SMTPTransportOptions => ({
  host,
  port,
  secure: secure === 'tls',
  requireTLS: secure === 'starttls',
  ignoreTLS: secure === 'none',
  tls: { rejectUnauthorized: true, ...(caCert ? { ca: caCert } : {}) },
  ...(login ? { auth: login, forceAuth: true } : {})
})

/** The password as a server could repeat it: as it is, and as the ways to log in send it. */
export const loginSecrets = ({ user, pass }: Login): string[] => [
  pass,
  base64(pass),
  base64(`\0${user}\0${pass}`)
]

const base64 = (text: string) => Buffer.from(text).toString('base64')
