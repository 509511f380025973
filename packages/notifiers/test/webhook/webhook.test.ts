import t from 'tap'
import { notifiers, verifySignature } from '../../src/index.ts'
import { holdsNone, thrownBy } from '../errors.ts'
import { httpReceiver } from '../http-receiver.ts'
import { message } from '../message.ts'
import { openWebhook, secret } from './support.ts'

const never = { signal: new AbortController().signal }

t.test('what a receiver gets', async t => {
  const { receiver, notifier } = await openWebhook(t, {}, { headers: { 'X-Team': 'ops' } })
  const sent = message({ html: '<p>', attachments: [] })
  await notifier.send(sent, never)
  const { html, attachments, ...body } = sent
  const [request] = receiver.requests
  t.match(request, {
    method: 'POST',
    url: '/hook?token=query%2Fsecret&room=roomsecret',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Resguardo',
      'x-resguardo-event': 'incident-opened',
      'x-resguardo-delivery': sent.id,
      'x-resguardo-timestamp': /^\d{10}$/,
      'x-resguardo-signature': /^v1=[0-9a-f]{64}$/,
      'x-team': 'ops'
    }
  })
  t.same(JSON.parse(request!.body), body)
})

t.test('its own headers win over those of the settings, however written', async t => {
  const headers = {
    'content-type': 'text/plain',
    'x-resguardo-signature': 'v1=00',
    'USER-AGENT': 'someone'
  }
  const { receiver, notifier } = await openWebhook(t, {}, { headers })
  await notifier.send(message(), never)
  t.match(receiver.requests[0]!.headers, {
    'content-type': 'application/json',
    'x-resguardo-signature': /^v1=[0-9a-f]{64}$/,
    'user-agent': 'Resguardo'
  })
})

t.test('the receiver can verify it, and a retry has the same id', async t => {
  const { receiver, notifier } = await openWebhook(t)
  const sent = message({ text: 'ñ 備份 😀' })
  await notifier.send(sent, never)
  await notifier.send(sent, never)
  for (const { headers, body } of receiver.requests) {
    const timestamp = String(headers['x-resguardo-timestamp'])
    const signature = String(headers['x-resguardo-signature'])
    t.ok(verifySignature({ secret, timestamp, signature, body }))
    t.equal(headers['x-resguardo-delivery'], sent.id)
    t.equal(JSON.parse(body).id, sent.id)
  }
  t.equal(receiver.requests.length, 2)
})

t.test('a short value of the query is no secret, and makes no answer unreadable', async t => {
  const { receiver, notifier } = await openWebhook(t, {}, { url: 'http://127.0.0.1:1/?v=1' })
  t.match(await thrownBy(notifier.send(message(), never)), {
    code: 'NOTIFICATION_FAILED',
    message: /^http:\/\/127\.0\.0\.1:1\/: /
  })
  const url = `${receiver.url}/?v=1&wait=true`
  receiver.answer = response => response.writeHead(400).end('1 is not true; v=1&wait=true')
  t.match(await thrownBy(notifiers.webhook.open({ url }, secret).send(message(), never)), {
    message: `${receiver.url}/ answered 400: 1 is not true; [secret]`
  })
})

t.test('what each status means', async t => {
  const { receiver, notifier } = await openWebhook(t)
  const meaning = async (status: number) => {
    receiver.answer = response => response.writeHead(status).end('because\n of\x00 this')
    return thrownBy(notifier.send(message(), never))
  }
  for (const status of [200, 201, 202, 204, 299]) t.equal(await meaning(status), undefined)
  for (const status of [408, 425, 429, 500, 502, 503, 599])
    t.match(await meaning(status), {
      code: 'NOTIFICATION_FAILED',
      message: `${receiver.url}/hook answered ${status}: because of this`
    })
  for (const status of [400, 401, 403, 404, 410, 413, 422])
    t.match(await meaning(status), {
      code: 'NOTIFICATION_REFUSED',
      message: `${receiver.url}/hook answered ${status}: because of this`
    })
})

t.test('a redirect is an error and is not followed, nor told', async t => {
  const { receiver, notifier } = await openWebhook(t)
  const elsewhere = await httpReceiver(t)
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = response =>
      response.writeHead(status, { location: `${elsewhere.url}/?token=located` }).end('moved')
    const error = await thrownBy(notifier.send(message(), never))
    t.match(error, {
      code: 'NOTIFICATION_REFUSED',
      message: /redirects are not followed/,
      hint: /redirects/
    })
    holdsNone(t, error, ['located'])
  }
  t.same(elsewhere.requests, [])
})

t.test('an answer that is cut off, or never ends', async t => {
  const { receiver, notifier } = await openWebhook(t, { timeoutMs: 2_000 })
  const failed = { code: 'NOTIFICATION_FAILED' }
  receiver.answer = response => response.destroy()
  t.match(await thrownBy(notifier.send(message(), never)), failed, 'no status at all')

  receiver.answer = response => {
    response.writeHead(500, { 'content-length': 100 }).write('half')
    setImmediate(() => response.destroy())
  }
  t.match(await thrownBy(notifier.send(message(), never)), { ...failed, message: /answered 500/ })

  receiver.answer = response => void response.writeHead(500).write('and then')
  const silent = await thrownBy(notifier.send(message(), never))
  t.match(silent, { ...failed, message: /answered 500: and then$/ })

  receiver.answer = response => void response.writeHead(200).write('taken')
  await notifier.send(message(), never)
})

t.test('an answer that is far too long is not read to its end', async t => {
  const { receiver, notifier } = await openWebhook(t)
  const piece = 'x'.repeat(100_000)
  let left = 500
  receiver.answer = response => {
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left--
        if (!response.write(piece)) return
      }
      response.end()
    }
    response.writeHead(422).on('drain', more)
    more()
  }
  const error = (await thrownBy(notifier.send(message(), never))) as Error
  t.match(error, { code: 'NOTIFICATION_REFUSED' })
  t.equal(/x+$/.exec(error.message)?.[0].length, 200)
  t.ok(left > 0)
})

t.test('an answer that is not HTTP, and repeats the secrets', async t => {
  const { receiver, notifier } = await openWebhook(t)
  receiver.answer = (response, { url }) => void response.socket!.end(`${secret} ${url}\r\n\r\n`)
  const error = await thrownBy(notifier.send(message(), never))
  t.match(error, { code: 'NOTIFICATION_FAILED', message: /HTTP/ })
  holdsNone(t, error, [secret, 'query%2Fsecret', 'roomsecret'])
})

t.test('an abort while the answer still comes', async t => {
  const { receiver, notifier } = await openWebhook(t)
  const stop = new AbortController()
  const reason = new Error('changed my mind')
  receiver.answer = response => {
    response.writeHead(422).write('and then')
    setImmediate(() => stop.abort(reason))
  }
  t.equal(await thrownBy(notifier.send(message(), { signal: stop.signal })), reason)
})

t.test('settings and secrets that are wrong', async t => {
  const url = 'http://127.0.0.1:1/hook'
  const wrong: [object, string | undefined][] = [
    [{ url }, undefined],
    [{ url }, ''],
    [{}, secret],
    [{ url, more: 1 }, secret],
    [{ url: 'ftp://example.com' }, secret],
    [{ url: 'http://user:hunter2@example.com/' }, secret],
    [{ url: 'http://user:hunter2@example.com:99999/' }, secret],
    [{ url: 'http://example.com:99999/?token=hunter2' }, secret],
    [{ url, headers: { Authorization: 'Bearer hunter2' } }, secret],
    [{ url, headers: { cookie: 'hunter2' } }, secret],
    [{ url, headers: { 'X-Team': 'ops\r\nX-Evil: hunter2' } }, secret],
    [{ url, headers: { 'X Team': 'hunter2' } }, secret]
  ]
  for (const [settings, secret] of wrong) {
    const error = await thrownBy((async () => notifiers.webhook.open({ ...settings }, secret))())
    t.match(error, { name: 'AppError', code: 'VALIDATION_FAILED' }, JSON.stringify(settings))
    holdsNone(t, error, ['hunter2', 'hmac-key'])
  }
})
