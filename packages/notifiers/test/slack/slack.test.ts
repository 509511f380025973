import t from 'tap'
import { notifiers } from '../../src/index.ts'
import { holdsNone, thrownBy } from '../errors.ts'
import { httpReceiver } from '../http-receiver.ts'
import { hostile, message } from '../message.ts'

const never = { signal: new AbortController().signal }

t.test('what Slack gets', async t => {
  const receiver = await httpReceiver(t)
  const notifier = notifiers.slack.open({}, `${receiver.url}/services/T/B/x`)
  await notifier.send(message({ policy: null }), never)
  const [request] = receiver.requests
  t.match(request, {
    method: 'POST',
    url: '/services/T/B/x',
    headers: { 'content-type': 'application/json', 'user-agent': 'Resguardo' }
  })
  const { text, attachments } = JSON.parse(request!.body)
  t.equal(text, `${message().title}\n${message().text}`)
  t.same(attachments, [
    {
      color: '#c62828',
      fallback: 'Backup of shop failed',
      fields: [
        { title: 'Severity', value: 'critical', short: true },
        { title: 'Source', value: 'shop', short: true },
        { title: 'Time', value: '2026-11-20T02:00:07.000Z', short: true },
        { title: 'Kind', value: 'backup-failed', short: true },
        { title: 'Last good backup', value: '2026-11-19T00:00:09.000Z', short: true }
      ],
      footer: 'Resguardo'
    }
  ])
})

t.test(
  'nothing in a message is a mention, a link or an entity; each severity has its colour',
  async t => {
    const receiver = await httpReceiver(t)
    const notifier = notifiers.slack.open({}, `${receiver.url}/services/T/B/x`)
    const colours = new Set()
    for (const severity of ['info', 'warning', 'critical'] as const) {
      await notifier.send({ ...hostile, severity }, never)
      const { body } = receiver.requests.at(-1)!
      t.notMatch(body, /[<>]|&(?!amp;|lt;|gt;)/)
      t.match(body, /&lt;!channel&gt;/)
      t.match(body, /&amp;amp;/)
      colours.add(JSON.parse(body).attachments[0].color)
    }
    t.equal(colours.size, 3)
  }
)

t.test('the rest of the address is as secret as the token', async t => {
  const receiver = await httpReceiver(t)
  const notifier = notifiers.slack.open({}, `${receiver.url}/hooks/abcdef?key=fedcba`)
  for (const said of ['/hooks/abcdef', 'webhook abcdef', 'key fedcba', '?key=fedcba']) {
    receiver.answer = response => response.writeHead(404).end(`There is no ${said} here`)
    const error = await thrownBy(notifier.send(message(), never))
    t.match(error, { code: 'NOTIFICATION_REFUSED', message: /There is no .*\[secret\] here/ })
    holdsNone(t, error, ['abcdef', 'fedcba'])
  }
})

t.test('settings and secrets that are wrong', async t => {
  const url = 'https://hooks.example.com/services/hunter2'
  const wrong: [object, string | undefined][] = [
    [{}, undefined],
    [{}, ''],
    [{}, 'hunter2'],
    [{}, 'ftp://example.com/hunter2'],
    [{}, 'https://user:hunter2@example.com/'],
    [{}, 'https://hunter2@example.com/'],
    [{}, 'https://example.com:99999/hunter2'],
    [{ url }, url]
  ]
  for (const [settings, secret] of wrong) {
    const error = await thrownBy((async () => notifiers.slack.open({ ...settings }, secret))())
    t.match(error, { name: 'AppError', code: 'VALIDATION_FAILED' })
    holdsNone(t, error, ['hunter2'])
  }
})
