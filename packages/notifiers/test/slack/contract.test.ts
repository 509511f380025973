import { notifiers } from '../../src/index.ts'
import { notifierContract } from '../contract.ts'
import { answering } from '../http-answers.ts'
import { httpReceiver } from '../http-receiver.ts'

const secrets = ['T00000001', 'B00000002', 'tokenofslack']
const path = `/services/${secrets.join('/')}`

notifierContract('slack', async (t, options) => {
  const receiver = await httpReceiver(t)
  const accepted = answering(receiver, secrets)
  const notifier = notifiers.slack.open({}, receiver.url + path, options)
  t.teardown(() => notifier.close())
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
  const { text, attachments } = JSON.parse(body)
  const facts = attachments[0].fields.flatMap(({ title, value }: Record<string, string>) => [
    title,
    value
  ])
  return [text, ...facts]
    .join('\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
