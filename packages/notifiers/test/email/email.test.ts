import { once } from 'node:events'
import t from 'tap'
import { notifiers } from '../../src/index.ts'
import { holdsNone, thrownBy } from '../errors.ts'
import { hostile, message } from '../message.ts'
import { certificate } from './certificate.ts'
import { allParts, header } from './read-mail.ts'
import { password, reply, settingsTo, smtpSink } from './smtp-sink.ts'

const never = { signal: new AbortController().signal }

t.test('what a mail consists of', async t => {
  const sink = await smtpSink(t)
  const to = ['ops@example.com', 'boss@example.com']
  const notifier = notifiers.email.open({ ...settingsTo(sink), to }, password)
  const attachments = [{ name: 'summary.csv', contentType: 'text/csv', content: 'a;b\nñ;1\n' }]
  await notifier.send(message({ html: '<p>ñ</p>', attachments }), never)
  const [mail] = sink.mails
  t.same(mail!.recipients, to)
  for (const [name, value] of Object.entries({
    subject: 'Backup of shop failed',
    from: 'Resguardo <backup@example.com>',
    to: to.join(', '),
    date: 'Fri, 20 Nov 2026 02:00:07 +0000',
    'auto-submitted': 'auto-generated',
    'x-resguardo-event': 'incident-opened',
    'x-resguardo-delivery': message().id
  }))
    t.same(header(mail!, name), [value], name)
  const leaves = allParts(mail!).filter(({ parts }) => parts.length === 0)
  t.same(
    leaves.map(({ type }) => type),
    ['text/plain', 'text/html', 'text/csv']
  )
  t.match(leaves[0]!.content, /source\.\r\n\r\nSeverity: critical\r\nPolicy: shop-daily\r\n/)
  t.match(leaves[1]!.content, '<p>ñ</p>')
  t.match(header(leaves[2]!, 'content-disposition'), [/attachment; filename=summary.csv/])
  t.equal(leaves[2]!.content, 'a;b\nñ;1\n')
})

t.test('a message without html gets one', async t => {
  const sink = await smtpSink(t)
  await notifiers.email.open(settingsTo(sink), password).send(message(), never)
  const html = allParts(sink.mails[0]!).find(({ type }) => type === 'text/html')
  t.match(html!.content, /<h1[^>]*>Backup of shop failed<\/h1>/)
})

t.test('a retry is the same mail, another message is another', async t => {
  const sink = await smtpSink(t)
  const notifier = notifiers.email.open(settingsTo(sink), password)
  await notifier.send(message(), never)
  await notifier.send(message(), never)
  await notifier.send(message({ id: 'other <id>\r\n' }), never)
  const ids = sink.mails.flatMap(mail => header(mail, 'message-id'))
  for (const id of ids) t.match(id, /^<[0-9a-f]{32}@example\.com>$/)
  t.equal(ids[0], ids[1])
  t.not(ids[0], ids[2])
  t.same(header(sink.mails[0]!, 'date'), header(sink.mails[1]!, 'date'))
})

t.test('no text of a message makes a header, a recipient or an end of the mail', async t => {
  const sink = await smtpSink(t)
  const notifier = notifiers.email.open(settingsTo(sink), password)
  const bad = 'x\r\nX-Evil: 1\r\n\r\nbody'
  await notifier.send(message(), never)
  await notifier.send({ ...hostile, id: bad, event: bad as never }, never)
  await notifier.send(
    message({ attachments: [{ name: bad, contentType: `text/csv\r\nX-Evil: 1`, content: bad }] }),
    never
  )
  const names = sink.mails.map(mail => mail.headers.map(([name]) => name.toLowerCase()).sort())
  t.same(names[1], names[0])
  t.equal(sink.mails.length, 3)
  for (const mail of sink.mails) {
    t.same(mail.recipients, ['ops@example.com'])
    for (const part of allParts(mail))
      t.same(header(part, 'x-evil'), [], 'no header of a part either')
  }
  const text = allParts(sink.mails[1]!).find(({ type }) => type === 'text/plain')
  t.match(text!.content, /^\.\r\n\.\r\nQUIT\r\n/)
})

t.test('what each answer of the server means', async t => {
  const sink = await smtpSink(t)
  const notifier = notifiers.email.open(settingsTo(sink), password)
  const meaning = async (step: string, code: number) => {
    sink.rule = at => (at === step ? reply(code, 'because of this') : undefined)
    return thrownBy(notifier.send(message(), never))
  }
  for (const [step, temporary, permanent] of [
    ['connect', 421, 554],
    ['auth', 454, 535],
    ['from', 451, 553],
    ['to', 450, 550],
    ['data', 452, 552]
  ] as const) {
    const text = new RegExp(`^Mail server 127.0.0.1:${sink.port}: .*because of this`)
    t.match(await meaning(step, temporary), { code: 'NOTIFICATION_FAILED', message: text }, step)
    t.match(await meaning(step, permanent), { code: 'NOTIFICATION_REFUSED', message: text }, step)
  }
  t.same(sink.mails, [])
})

t.test('a wrong password is said to be one, and not which', async t => {
  const sink = await smtpSink(t)
  const error = await thrownBy(
    notifiers.email.open(settingsTo(sink), 'wrong-password').send(message(), never)
  )
  t.match(error, { code: 'NOTIFICATION_REFUSED', message: /535/, hint: /password/ })
  holdsNone(t, error, ['wrong-password'])
})

t.test('one address of several is refused', async t => {
  const sink = await smtpSink(t)
  const to = ['a@example.com', 'b@example.com', 'c@example.com']
  const notifier = notifiers.email.open({ ...settingsTo(sink), to }, password)
  const answers: Record<string, Error> = { 'b@example.com': reply(550, 'no such mailbox') }
  sink.rule = (_, address = '') => answers[address]
  t.match(await thrownBy(notifier.send(message(), never)), {
    code: 'NOTIFICATION_REFUSED',
    message: /for b@example\.com: .*no such mailbox/
  })
  answers['c@example.com'] = reply(450, 'greylisted')
  t.match(
    await thrownBy(notifier.send(message(), never)),
    { code: 'NOTIFICATION_FAILED', message: /for c@example\.com: .*greylisted/ },
    'worth another try'
  )
  t.same(
    sink.mails.map(({ recipients }) => recipients),
    [['a@example.com', 'c@example.com'], ['a@example.com']]
  )
  answers['a@example.com'] = reply(550, 'no such mailbox')
  t.match(await thrownBy(notifier.send(message(), never)), { code: 'NOTIFICATION_FAILED' })
})

t.test('the certificate must be right, and nothing goes unencrypted', async t => {
  for (const secure of ['tls', 'starttls'] as const) {
    const sink = await smtpSink(t, secure)
    const { caCert, ...unknown } = settingsTo(sink, secure)
    const other = certificate(t, 'DNS:elsewhere.example').cert
    for (const settings of [unknown, { ...unknown, caCert: other }])
      t.match(await thrownBy(notifiers.email.open(settings, password).send(message(), never)), {
        code: 'NOTIFICATION_FAILED',
        message: /certificate/
      })
    const wrongHost = { ...settingsTo(sink, secure), host: 'localhost' }
    t.match(await thrownBy(notifiers.email.open(wrongHost, password).send(message(), never)), {
      code: 'NOTIFICATION_FAILED',
      message: /altnames/
    })
    t.same(sink.mails, [])
  }
})

t.test('a server without STARTTLS gets neither password nor mail', async t => {
  const sink = await smtpSink(t, 'none')
  const steps: string[] = []
  sink.rule = step => void steps.push(step)
  const notifier = notifiers.email.open(settingsTo(sink), password)
  t.match(await thrownBy(notifier.send(message(), never)), {
    code: /^NOTIFICATION_/,
    message: /STARTTLS/,
    hint: /secure/
  })
  t.same(steps, ['connect'])
})

t.test('a server that asks for no login, unencrypted', async t => {
  const sink = await smtpSink(t, 'none')
  const { user, caCert, ...plain } = settingsTo(sink, 'none')
  await notifiers.email.open(plain, undefined).send(message(), never)
  t.equal(sink.mails.length, 1)
})

t.test('a server that offers no login, though one is set, is an error', async t => {
  const sink = await smtpSink(t, 'tls')
  sink.server.options.disabledCommands = ['AUTH']
  sink.server.options.authOptional = true
  const notifier = notifiers.email.open(settingsTo(sink, 'tls'), password)
  const error = await thrownBy(notifier.send(message(), never))
  t.match(error, { code: 'NOTIFICATION_REFUSED', hint: /user/ })
  t.same(sink.mails, [])
})

t.test('silence at each step ends with the time, or with an abort that hangs up', async t => {
  for (const step of ['connect', 'auth', 'from', 'to', 'data']) {
    const sink = await smtpSink(t)
    sink.rule = at => (at === step ? 'silent' : undefined)
    const hasty = notifiers.email.open(settingsTo(sink), password, { timeoutMs: 500 })
    t.match(await thrownBy(hasty.send(message(), never)), { code: 'NOTIFICATION_FAILED' }, step)

    const stop = new AbortController()
    const reason = new Error('changed my mind')
    const reached = once(sink.server, 'reached')
    const patient = notifiers.email.open(settingsTo(sink), password, { timeoutMs: 3_600_000 })
    const sending = thrownBy(patient.send(message(), { signal: stop.signal }))
    await reached
    const left = once(sink.server, 'left')
    stop.abort(reason)
    t.equal(await sending, reason)
    await left
  }
})

t.test('settings and secrets that are wrong', async t => {
  const right = {
    host: 'mail.example.com',
    port: 587,
    secure: 'starttls',
    user: 'resguardo',
    from: 'backup@example.com',
    to: ['ops@example.com']
  }
  const { user, ...anonymous } = right
  const wrong: [object, string | undefined][] = [
    [right, undefined],
    [right, ''],
    [anonymous, 'hunter2'],
    [{ ...right, secure: 'none' }, 'hunter2'],
    [{ ...anonymous, secure: 'none' }, 'hunter2'],
    [{ ...right, password: 'hunter2' }, 'hunter2'],
    [{ ...right, port: 0 }, 'hunter2'],
    [{ ...right, to: [] }, 'hunter2'],
    [{ ...right, to: ['ops@example.com', 'Ops <ops2@example.com>'] }, 'hunter2'],
    [{ ...right, to: ['ops@example.com\r\nBcc: evil@example.com'] }, 'hunter2'],
    [{ ...right, from: 'a@example.com, b@example.com' }, 'hunter2'],
    [{ ...right, host: 'mail.example.com\r\nQUIT' }, 'hunter2'],
    [{ ...right, caCert: 'no certificate' }, 'hunter2'],
    [
      { ...right, caCert: '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----' },
      'hunter2'
    ]
  ]
  for (const [settings, secret] of wrong) {
    const error = await thrownBy((async () => notifiers.email.open({ ...settings }, secret))())
    t.match(error, { name: 'AppError', code: 'VALIDATION_FAILED' }, JSON.stringify(settings))
    holdsNone(t, error, ['hunter2'])
  }
  await notifiers.email.open(right, 'hunter2').close()
  await notifiers.email.open(anonymous, undefined).close()
})
