import { notifiers } from '../../src/index.ts'
import { type Answer, notifierContract } from '../contract.ts'
import { allParts, header } from './read-mail.ts'
import { password, reply, settingsTo, smtpSink, user } from './smtp-sink.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const secrets = [password, base64(password), base64(`\0${user}\0${password}`)]

for (const secure of ['starttls', 'tls'] as const)
  notifierContract(`email by ${secure}`, async (t, options) => {
    const sink = await smtpSink(t, secure)
    const notifier = notifiers.email.open(settingsTo(sink, secure), password, options)
    t.teardown(() => notifier.close())
    return {
      notifier,
      answer: (how: Answer) => {
        sink.rule = step => {
          if (how === 'silent') return step === 'data' ? 'silent' : undefined
          if (how === 'later') return step === 'to' ? reply(450, 'Greylisted') : undefined
          if (how === 'refuse')
            return step === 'to' ? reply(550, `No ${secrets.join(' ')}`.repeat(100)) : undefined
          return undefined
        }
      },
      server: sink.server,
      delivered: () =>
        sink.mails.map(mail => {
          const text = allParts(mail).find(({ type }) => type === 'text/plain')!.content
          return `${header(mail, 'subject')}\n${text}`
        }),
      begun: () => sink.sessions,
      vanish: sink.close,
      secrets
    }
  })
