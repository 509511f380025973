import { createHmac } from 'node:crypto'
import t from 'tap'
import { verifySignature } from '../../src/index.ts'

const now = Date.parse('2026-11-20T02:00:07.400Z')
const timestamp = String(Math.floor(now / 1_000))
const body = '{"id":"1","text":"ñ"}'
const secret = 'key'
/** As the documentation says it, not as the code does. */
const hex = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
const delivery = { secret, timestamp, signature: `v1=${hex}`, body, now }

t.test('a signature made as documented, over text or bytes', async t => {
  t.ok(verifySignature(delivery))
  t.ok(verifySignature({ ...delivery, body: Buffer.from(body) }))
})

t.test('one changed byte anywhere', async t => {
  const changed = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)
  for (const field of ['body', 'signature', 'secret', 'timestamp'] as const)
    for (let at = 0; at < delivery[field].length; at++)
      t.notOk(
        verifySignature({
          ...delivery,
          [field]: changed(delivery[field], at),
          maxAgeSeconds: 1e12
        }),
        `${field} ${at}`
      )
})

t.test('signatures that are none', async t => {
  for (const signature of ['', 'v1=', hex, `v2=${hex}`, `v1=${hex}00`, `v1=${hex.toUpperCase()}`])
    t.notOk(verifySignature({ ...delivery, signature }), signature)
})

t.test('an old delivery, and one of the future', async t => {
  const at = (seconds: number, maxAgeSeconds?: number) =>
    verifySignature({
      ...delivery,
      now: Number(timestamp) * 1_000 + seconds * 1_000,
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds })
    })
  t.ok(at(300))
  t.notOk(at(301))
  t.ok(at(-300))
  t.notOk(at(-301))
  t.ok(at(60, 60))
  t.notOk(at(61, 60))
})

t.test('a time that is none, though signed', async t => {
  for (const wrong of ['', 'NaN', '-1', ` ${timestamp}`, `${timestamp}.0`, '0x6b01']) {
    const hex = createHmac('sha256', secret).update(`${wrong}.${body}`).digest('hex')
    t.notOk(
      verifySignature({
        ...delivery,
        timestamp: wrong,
        signature: `v1=${hex}`,
        maxAgeSeconds: Infinity
      })
    )
  }
})
