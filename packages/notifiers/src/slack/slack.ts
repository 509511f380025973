import { AppError } from '@resguardo/shared'
import { requireSecret } from '../check-settings.ts'
import { httpUrl, pathSecrets, querySecrets } from '../http-url.ts'
import type { Notifier, OpenOptions } from '../notifier.ts'
import { post } from '../post.ts'
import { slackPayload } from './payload.ts'

const whatItIs = 'the address of an incoming webhook, as https://hooks.slack.com/services/…'

/** Posts to an incoming webhook of Slack, or of what takes the same. Its address is the secret: whoever knows it may post. */
export function openSlack(
  secret: string | undefined,
  { timeoutMs = 10_000 }: OpenOptions = {}
): Notifier {
  const url = httpUrl(requireSecret(secret, whatItIs))
  if (!url) throw new AppError('VALIDATION_FAILED', `The channel's secret must be ${whatItIs}`)
  const secrets = [...pathSecrets(url), ...querySecrets(url)]

  return {
    send: (message, { signal }) =>
      post(
        {
          url,
          receiver: `The incoming webhook at ${url.host}`,
          headers: new Headers({ 'Content-Type': 'application/json', 'User-Agent': 'Resguardo' }),
          body: JSON.stringify(slackPayload(message)),
          secrets,
          timeoutMs
        },
        signal
      ),
    async close() {}
  }
}
