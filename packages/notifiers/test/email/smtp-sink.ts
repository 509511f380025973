import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import type { Test } from 'tap'
import { certificate } from './certificate.ts'
import { type Mail, readMail } from './read-mail.ts'

export const user = 'resguardo'
export const password = 'hunter2-never-to-be-seen'

/** An error that the server answers a step of SMTP with. */
export const reply = (responseCode: number, message: string) =>
  Object.assign(new Error(message), { responseCode })

type Step = 'connect' | 'auth' | 'from' | 'to' | 'data'
type Verdict = Error | 'silent' | undefined

/**
 * A mail server on 127.0.0.1 that keeps what it accepts and treats each step as `rule` says. It asks for a login; with `none`
 * it takes mail without one too, and has no STARTTLS.
 */
export async function smtpSink(t: Test, secure: 'tls' | 'starttls' | 'none' = 'starttls') {
  const mails: (Mail & { recipients: string[] })[] = []
  const tls = certificate(t)
  const sink = {
    port: 0,
    caCert: tls.cert,
    mails,
    sessions: 0,
    rule: (_step: Step, _address?: string): Verdict => undefined,
    server: new SMTPServer({
      ...tls,
      secure: secure === 'tls',
      authOptional: secure === 'none',
      allowInsecureAuth: secure === 'none',
      disabledCommands: secure === 'none' ? ['STARTTLS'] : [],
      closeTimeout: 1,
      logger: false,
      onConnect: (_, done) => {
        sink.sessions++
        follow('connect', done)
      },
      onAuth: (given, _, done) => {
        if (given.username !== user || given.password !== password)
          return done(reply(535, 'Wrong user or password'))
        follow('auth', error => done(error, { user }))
      },
      onMailFrom: (_, __, done) => follow('from', done),
      onRcptTo: ({ address }, _, done) => follow('to', done, address),
      onData: async (stream, { envelope }, done) => {
        const mail = readMail(await buffer(stream))
        follow('data', error => {
          const recipients = envelope.rcptTo.map(({ address }) => address)
          if (!error) mails.push({ ...mail, recipients })
          done(error)
        })
      },
      onClose: () => void sink.server.emit('left')
    }),
    close: () => new Promise<void>(resolve => sink.server.close(resolve))
  }
  // A client that turns away from our certificate is none of the server's matters.
  sink.server.on('error', () => {})
  await once(sink.server.listen(0, '127.0.0.1'), 'listening')
  sink.port = (sink.server.server.address() as AddressInfo).port
  t.teardown(sink.close)
  return sink

  function follow(step: Step, done: (error?: Error) => void, address?: string) {
    const verdict = sink.rule(step, address)
    if (verdict === 'silent') return void sink.server.emit('reached')
    done(verdict)
  }
}

export type SmtpSink = Awaited<ReturnType<typeof smtpSink>>

/** Settings of a channel to it. */
export const settingsTo = ({ port, caCert }: SmtpSink, secure = 'starttls') => ({
  host: '127.0.0.1',
  port,
  secure,
  user,
  from: 'backup@example.com',
  to: ['ops@example.com'],
  caCert
})
