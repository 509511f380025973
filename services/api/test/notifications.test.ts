import { randomUUID } from 'node:crypto'
import type { Notification } from '@resguardo/catalog'
import t from 'tap'
import { buildTestApp, type TestApp } from './support.ts'

const missing = '00000000-0000-4000-8000-000000000000'

async function addChannel({ ask }: TestApp) {
  const body = {
    kind: 'webhook',
    name: 'on-call',
    settings: { url: 'https://hooks.example' },
    secret: 'correct-horse-battery'
  }
  const { id } = (await ask('admin', { method: 'POST', url: '/v1/channels', body })).json()
  return id as string
}

const addNotification = ({ catalog }: TestApp, channelId: string, message = {}) =>
  catalog.notifications.create({
    id: randomUUID(),
    channelId,
    incidentId: null,
    event: 'weekly-summary',
    message
  })

const refusal = {
  code: 'NOTIFICATION_REFUSED',
  message: 'hooks.example answered 410',
  hint: 'Correct the channel.',
  retryable: false
}

/** The next notification that the API looks at, as it then stands. */
function nextLook({ catalog: { notifications } }: TestApp) {
  const { get } = notifications
  return new Promise<Notification>(resolve => {
    notifications.get = async id => {
      const found = await get(id)
      notifications.get = get
      resolve(found)
      return found
    }
  })
}

t.test('a test of a channel is a notification, and a job for a worker', async t => {
  const api = await buildTestApp(t)
  const channelId = await addChannel(api)
  const url = `/v1/channels/${channelId}/test`
  const answer = await api.ask('operator', { method: 'POST', url })
  t.equal(answer.statusCode, 202, answer.body)
  const { id, ...shown } = answer.json()
  t.equal(answer.headers.location, `/v1/notifications/${id}`)
  t.match(shown, { channelId, incidentId: null, event: 'test', state: 'queued', attempt: 0 })
  const { at, title, text, facts, ...message } = shown.message
  t.strictSame(message, { id, event: 'test', severity: 'info', policy: null, source: null })
  t.equal(new Date(at).toISOString(), at)
  t.match(title, /on-call/)
  t.match(text, /asked for this message/)
  t.strictSame(facts, { Channel: 'on-call', 'Requested by': 'key:operator' })
  t.strictSame((await api.ask('viewer', { url: `/v1/notifications/${id}` })).json(), answer.json())

  const queue = api.app.queues.all.find(({ name }) => name === 'maintenance')
  t.strictSame((await queue?.getJob(`${id}-1`))?.data, { notificationId: id }, 'only the id')
  t.match((await api.ask('admin', { url: '/v1/audit' })).json().items[0], {
    actor: 'key:operator',
    action: 'channel.test',
    resource: `channel:${channelId}`,
    detail: { notificationId: id }
  })
})

t.test('a test waits until it was sent or tried, or 202 when the time is over', async t => {
  const api = await buildTestApp(t)
  const { notifications } = api.catalog
  const channelId = await addChannel(api)
  const send = (wait: number) =>
    api.ask('operator', { method: 'POST', url: `/v1/channels/${channelId}/test?wait=${wait}` })
  t.equal((await send(1)).statusCode, 202)

  let look = nextLook(api)
  const sending = send(60)
  const { id, state } = await look
  t.equal(state, 'queued')
  await notifications.claim(id, 30_000)
  await notifications.sent(id)
  const sent = await sending
  t.equal(sent.statusCode, 200)
  t.match(sent.json(), { id, state: 'sent', attempt: 1, sentAt: String, error: null })

  look = nextLook(api)
  const failing = send(60)
  const { id: tried } = await look
  await notifications.failed(tried, refusal, 30_000)
  const failed = await failing
  t.equal(failed.statusCode, 200)
  t.match(failed.json(), { id: tried, state: 'queued', error: refusal })

  t.equal((await send(61)).json().code, 'VALIDATION_FAILED')
})

t.test('a test is written though Redis is away', async t => {
  const api = await buildTestApp(t)
  const channelId = await addChannel(api)
  for (const queue of api.app.queues.all) await queue.disconnect()
  const url = `/v1/channels/${channelId}/test`
  const answer = await api.ask('operator', { method: 'POST', url })
  t.equal(answer.statusCode, 202, answer.body)
  t.equal((await api.catalog.notifications.due())[0]?.id, answer.json().id)
  t.ok(api.lines.some(line => line.includes('not enqueued; the sweep will')))
})

t.test('notifications are listed by state, without what is for mail only', async t => {
  const api = await buildTestApp(t)
  const channelId = await addChannel(api)
  const message = { title: 'Weekly', html: '<h1>Weekly</h1>', attachments: [{ content: 'bytes' }] }
  const summary = await addNotification(api, channelId, message)
  const failed = await addNotification(api, channelId, message)
  await api.catalog.notifications.failed(failed.id, refusal, null)

  const one = (await api.ask('viewer', { url: `/v1/notifications/${summary.id}` })).json()
  t.strictSame(one.message, { title: 'Weekly' })
  const list = async (query: string) =>
    (await api.ask('viewer', { url: `/v1/notifications${query}` })).json().items
  t.strictSame(await list('?state=queued'), [one])
  const [given] = await list('?state=failed')
  t.match(given, { id: failed.id, state: 'failed', error: refusal })
  t.strictSame(given.message, { title: 'Weekly' })
  t.equal((await list('')).length, 2)
  t.equal((await list('?state=sent')).length, 0)

  const refused = await api.ask('viewer', { url: '/v1/notifications?state=lost' })
  t.equal(refused.json().code, 'VALIDATION_FAILED')
  const unknown = await api.ask('viewer', { url: `/v1/notifications/${missing}` })
  t.match(unknown.json(), { code: 'NOTIFICATION_NOT_FOUND', status: 404 })
})

t.test('incidents are listed, open or over', async t => {
  const api = await buildTestApp(t)
  const finding = (kind: string) => ({
    policyId: null,
    kind,
    level: 'critical' as const,
    message: `${kind} is wrong`,
    hint: 'Look.'
  })
  await api.catalog.incidents.reconcile([finding('clock'), finding('workers')])
  await api.catalog.incidents.reconcile([finding('clock')])
  const kinds = async (query: string) => {
    const { items } = (await api.ask('viewer', { url: `/v1/incidents${query}` })).json()
    return items.map(({ kind }: { kind: string }) => kind).sort()
  }
  t.strictSame(await kinds('?open=true'), ['clock'])
  t.strictSame(await kinds('?open=false'), ['workers'])
  t.strictSame(await kinds(''), ['clock', 'workers'])
  const [open] = (await api.ask('viewer', { url: '/v1/incidents?open=true' })).json().items
  t.match(open, { ...finding('clock'), openedAt: String, closedAt: null })
  const refused = await api.ask('viewer', { url: '/v1/incidents?open=perhaps' })
  t.equal(refused.json().code, 'VALIDATION_FAILED')
})
