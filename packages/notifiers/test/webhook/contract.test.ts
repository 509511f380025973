import { notifierContract } from '../contract.ts'
import { answering } from '../http-answers.ts'
import { secret as key, openWebhook } from './support.ts'

notifierContract('webhook', async (t, options) => {
  const { receiver, notifier } = await openWebhook(t, options)
  const secrets = [key, 'query%2Fsecret', 'query/secret', 'roomsecret']
  const accepted = answering(receiver, secrets)
  return {
    notifier,
    answer: accepted.answer,
    server: receiver.server,
    delivered: () => accepted.bodies.map(shown),
    begun: () => receiver.requests.length,
    vanish: receiver.close,
    secrets
  }
})

function shown(body: string) {
  const { title, text, facts, policy, source, at } = JSON.parse(body)
  return [title, text, policy, source, at, ...Object.entries(facts).flat()].join('\n')
}
