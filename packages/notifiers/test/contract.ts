import type { EventEmitter } from 'node:events'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { Message, Notifier, OpenOptions } from '../src/index.ts'
import { holdsNone, thrownBy } from './errors.ts'
import { hostile, message } from './message.ts'

/** `refuse` is for good, and repeats every secret that the receiver was sent; `silent` never answers. */
export type Answer = 'accept' | 'later' | 'refuse' | 'silent'

export interface Opened {
  notifier: Notifier
  answer(how: Answer): void
  /** Emits `reached` when a delivery has begun. */
  server: EventEmitter
  /** Everything that a reader of each accepted message sees. */
  delivered(): string[]
  /** Deliveries that were begun, accepted or not. */
  begun(): number
  /** Nothing listens any more. */
  vanish(): Promise<unknown>
  secrets: string[]
}

const never = { signal: new AbortController().signal }
/** Longer than the tests may take: what ends a delivery is not the time. */
const patient = { timeoutMs: 3_600_000 }
const retryable = { name: 'AppError', code: 'NOTIFICATION_FAILED', retryable: true }
const lasting = { name: 'AppError', code: 'NOTIFICATION_REFUSED', retryable: false }

/** What `notifier.ts` promises, for one kind of channel. `open` makes a receiver that accepts, and a notifier to it. */
export function notifierContract(
  name: string,
  open: (t: Test, options?: OpenOptions) => Promise<Opened>
) {
  t.test(`${name}: title, text and facts arrive as they are`, async t => {
    const { notifier, delivered } = await open(t)
    for (const sent of [message(), hostile, message({ policy: null, source: null, facts: {} })]) {
      await notifier.send(sent, never)
      showsAll(t, delivered().at(-1)!, sent)
    }
    t.equal(delivered().length, 3)
  })

  t.test(`${name}: several messages at once`, async t => {
    const { notifier, delivered } = await open(t)
    const titles = Array.from({ length: 8 }, (_, i) => `Message number ${i}.`)
    await Promise.all(titles.map(title => notifier.send(message({ title }), never)))
    t.equal(delivered().length, titles.length)
    for (const title of titles) t.ok(delivered().some(text => text.includes(title)))
  })

  t.test(`${name}: a receiver that cannot now may be tried again, and takes it then`, async t => {
    const { notifier, answer, delivered, secrets } = await open(t)
    answer('later')
    const error = await thrownBy(notifier.send(message(), never))
    t.match(error, retryable)
    holdsNone(t, error, secrets)
    t.same(delivered(), [])
    answer('accept')
    await notifier.send(message(), never)
    t.equal(delivered().length, 1)
  })

  t.test(`${name}: a receiver that refuses, and repeats the secrets it was sent`, async t => {
    const { notifier, answer, delivered, secrets } = await open(t)
    answer('refuse')
    const error = await thrownBy(notifier.send(message(), never))
    t.match(error, { ...lasting, message: /\[secret\]/ })
    t.ok((error as Error).message.length < 400)
    holdsNone(t, error, secrets)
    t.same(delivered(), [])
  })

  t.test(`${name}: a receiver that never answers`, async t => {
    const { notifier, answer, secrets } = await open(t, { timeoutMs: 300 })
    answer('silent')
    const error = await thrownBy(notifier.send(message(), never))
    t.match(error, { ...retryable, message: /within 300 ms/ })
    holdsNone(t, error, secrets)
  })

  t.test(`${name}: a receiver that is not there`, async t => {
    const { notifier, vanish, secrets } = await open(t)
    await vanish()
    const error = await thrownBy(notifier.send(message(), never))
    t.match(error, { ...retryable, message: /ECONNREFUSED/ })
    holdsNone(t, error, secrets)
  })

  t.test(`${name}: an abort while the receiver is silent`, async t => {
    const { notifier, answer, server, delivered } = await open(t, patient)
    answer('silent')
    const stop = new AbortController()
    const reason = new Error('changed my mind')
    const reached = once(server, 'reached')
    const sending = thrownBy(notifier.send(message(), { signal: stop.signal }))
    await reached
    stop.abort(reason)
    t.equal(await sending, reason)
    t.same(delivered(), [])
  })

  t.test(`${name}: an abort beforehand sends nothing`, async t => {
    const { notifier, begun } = await open(t)
    const reason = new Error('changed my mind')
    const signal = AbortSignal.abort(reason)
    t.equal(await thrownBy(notifier.send(message(), { signal })), reason)
    await notifier.send(message(), never)
    t.equal(begun(), 1)
  })

  t.test(`${name}: closes, after use and without`, async t => {
    const { notifier } = await open(t)
    await notifier.send(message(), never)
    await notifier.close()
    await (await open(t)).notifier.close()
  })
}

function showsAll(t: Test, shown: string, { title, text, facts, policy, source, at }: Message) {
  const parts = [title, text, at, policy, source, ...Object.entries(facts).flat()]
  for (const part of parts) if (part) t.ok(flat(shown).includes(flat(part)), `${part} is shown`)
}

/** Where lines break is the format's matter. */
const flat = (text: string) => text.replace(/\s+/g, ' ')
