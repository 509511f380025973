import type { Test } from 'tap'
import { notifiers, type OpenOptions } from '../../src/index.ts'
import { httpReceiver } from '../http-receiver.ts'

export const secret = 'hmac-key-never-to-be-seen'

/** A receiver, and the webhook to it. */
export async function openWebhook(t: Test, options?: OpenOptions, settings: object = {}) {
  const receiver = await httpReceiver(t)
  const url = `${receiver.url}/hook?token=query%2Fsecret&room=roomsecret`
  const notifier = notifiers.webhook.open({ url, ...settings }, secret, options)
  t.teardown(() => notifier.close())
  return { receiver, notifier }
}
