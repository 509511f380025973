import { AppError } from '@resguardo/shared'
import type { Static } from 'typebox'
import { requireSecret } from '../check-settings.ts'
import { httpUrl, querySecrets } from '../http-url.ts'
import type { Message, Notifier, OpenOptions } from '../notifier.ts'
import { post } from '../post.ts'
import type { webhookSettings } from './settings.ts'
import { signBody } from './signature.ts'

/** Posts each message as JSON, signed with the channel's secret. */
export function openWebhook(
  settings: Static<typeof webhookSettings>,
  secret: string | undefined,
  { timeoutMs = 10_000 }: OpenOptions = {}
): Notifier {
  const key = requireSecret(secret, 'a webhook signs with it')
  const url = httpUrl(settings.url)
  if (!url) throw new AppError('VALIDATION_FAILED', 'Channel settings: /url is not an HTTP address')
  const receiver = `${url.origin}${url.pathname}`
  const secrets = [key, ...querySecrets(url)]

  return {
    async send(message, { signal }) {
      const body = bodyOf(message)
      const headers = signedHeaders(message, body)
      await post({ url, receiver, headers, body, secrets, timeoutMs }, signal)
    },
    async close() {}
  }

  function signedHeaders({ id, event }: Message, body: string) {
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const headers = new Headers(settings.headers)
    headers.set('Content-Type', 'application/json')
    headers.set('User-Agent', 'Resguardo')
    headers.set('X-Resguardo-Event', event)
    headers.set('X-Resguardo-Delivery', id)
    headers.set('X-Resguardo-Timestamp', timestamp)
    headers.set('X-Resguardo-Signature', signBody(key, timestamp, body))
    return headers
  }
}

const bodyOf = ({ id, event, severity, at, policy, source, title, text, facts }: Message) =>
  JSON.stringify({ id, event, severity, at, policy, source, title, text, facts })
