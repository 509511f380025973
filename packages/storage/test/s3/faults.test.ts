import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { faultProxy } from '../../../../test/support/fault-proxy.ts'
import { testBucket } from '../../../../test/support/s3.ts'
import { answerProxy } from '../answer-proxy.ts'
import { digest, digestOf, endingIn, inPieces, keys, PART, random, thrownBy } from '../bodies.ts'
import { openBucket } from './support.ts'

const isPart = (url: string | undefined, number: number) =>
  new RegExp(`partNumber=${number}(&|$)`).test(url ?? '')

t.test('one part that fails once is sent again, alone', async t => {
  const bucket = await testBucket(t)
  for (const fault of [503, 500, 'cut'] as const) {
    const sent: Record<string, number> = {}
    let completion = ''
    const proxy = await faultProxy(t, bucket.settings.endpoint, request => {
      const { url, method } = request
      if (method === 'POST')
        request.on('data', chunk => {
          completion += chunk
        })
      const part = method === 'PUT' && /partNumber=(\d+)/.exec(url!)?.[1]
      if (!part) return 'pass'
      sent[part] = (sent[part] ?? 0) + 1
      return part === '2' && sent[part] === 1 ? fault : 'pass'
    })
    const { storage } = openBucket(t, bucket, { endpoint: proxy.url })
    const body = random(3 * PART + 5)
    t.same(await storage.write(`retried-${fault}`, inPieces(body)), { bytes: body.length })
    t.same(sent, { 1: 1, 2: 2, 3: 1, 4: 1 }, `${fault}`)
    t.same(
      [...completion.matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => number),
      ['1', '2', '3', '4'],
      'S3 wants them in order, though the second was the last to arrive'
    )
    t.same(await digest(await storage.read(`retried-${fault}`)), digestOf(body))
  }
  t.same(await bucket.uploads(), [])
})

t.test(
  'a part that fails again and again ends the write, closes the body, leaves nothing',
  async t => {
    const bucket = await testBucket(t)
    for (const fault of [503, 'cut', 'hang', 403, 507] as const) {
      let tries = 0
      const proxy = await faultProxy(t, bucket.settings.endpoint, ({ url, method }) => {
        if (method !== 'PUT' || !isPart(url, 2)) return 'pass'
        tries++
        return fault
      })
      const { storage } = openBucket(t, bucket, { endpoint: proxy.url, requestTimeoutMs: 500 })
      const source = endingIn(4 * PART, Promise.resolve())
      const codes = { 403: 'STORAGE_DENIED', 507: 'STORAGE_FULL' } as Record<string, string>
      await t.rejects(storage.write('lost', source.body), {
        name: 'AppError',
        code: codes[fault] ?? 'STORAGE_UNREACHABLE'
      })
      t.ok(source.closed)
      t.ok(tries >= 2, `${tries} tries for ${fault}`)
      t.same(await bucket.uploads(), [], `${fault} leaves no upload`)
    }
    t.same(await bucket.keys(), [])
  }
)

t.test('a store that is not there', async t => {
  const bucket = await testBucket(t)
  const proxy = await faultProxy(t, bucket.settings.endpoint, () => 'cut')
  const unreachable = { name: 'AppError', code: 'STORAGE_UNREACHABLE', hint: /endpoint/ }
  for (const endpoint of [proxy.url, 'http://127.0.0.1:1']) {
    const { storage } = openBucket(t, bucket, { endpoint })
    await t.rejects(storage.write('k', inPieces(random(10))), unreachable)
    await t.rejects(storage.read('k'), unreachable)
    await t.rejects(storage.head('k'), unreachable, 'unknown is not absent')
    await t.rejects(keys(storage, ''), unreachable, 'unknown is not empty')
    await t.rejects(storage.delete('k'), unreachable)
    await t.rejects(storage.removeUnfinished('', new Date()), unreachable)
    await t.rejects(storage.probe(), { ...unreachable, message: /^Probe step versioning: / })
  }
})

t.test('a list whose second page fails is an error, not a short list', async t => {
  const bucket = await testBucket(t)
  const direct = openBucket(t, bucket).storage
  const names = Array.from({ length: 1_001 }, (_, i) => `n/${i}`)
  for (let i = 0; i < names.length; i += 50)
    await Promise.all(names.slice(i, i + 50).map(key => direct.write(key, inPieces(random(1)))))
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ url }) =>
    /continuation-token/.test(url!) ? 503 : 'pass'
  )
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url })
  let listed = 0
  const list = async () => {
    for await (const _ of storage.list('n/')) listed++
  }
  await t.rejects(list(), { code: 'STORAGE_UNREACHABLE' })
  t.equal(listed, 1_000)
})

t.test('an abort while the store hangs on a part leaves nothing', async t => {
  const bucket = await testBucket(t)
  const reached = Promise.withResolvers<void>()
  const proxy = await faultProxy(t, bucket.settings.endpoint, ({ url, method }) => {
    if (method !== 'PUT' || !isPart(url, 2)) return 'pass'
    reached.resolve()
    return 'hang'
  })
  const { storage } = openBucket(t, bucket, { endpoint: proxy.url, requestTimeoutMs: 500 })
  const stop = new AbortController()
  const reason = new Error('changed my mind')
  const body = endingIn(5 * PART, Promise.resolve()).body
  const write = thrownBy(storage.write('hung', body, { signal: stop.signal }))
  await reached.promise
  stop.abort(reason)
  t.equal(await write, reason)
  t.same(await bucket.uploads(), [])
  t.same(await bucket.keys(), [])
})

t.test(
  'a part that takes longer than the store may be silent, but moves, is no failure',
  async t => {
    const bucket = await testBucket(t)
    const proxy = await answerProxy(t, bucket.settings.endpoint, () => 'slow')
    // So large that the kernel cannot take all of it at once, and be silent then.
    const settings = { endpoint: proxy.url, requestTimeoutMs: 2_000, partLimit: 100 }
    const { storage } = openBucket(t, bucket, settings)
    const body = random(50_000_000)
    const started = Date.now()
    await storage.write('slow', inPieces(body), { estimateBytes: body.length * 100 })
    t.ok(Date.now() - started > 4_000, 'the line was slow')
    t.same(await digest(await storage.read('slow')), digestOf(body))
  }
)

t.test('the answer to a write is lost though the store kept the object', async t => {
  const bucket = await testBucket(t)
  const finishes: Record<string, (method?: string, url?: string) => boolean> = {
    'a single put': (method, url) => method === 'PUT' && !/partNumber/.test(url!),
    'the completion': (method, url) => method === 'POST' && /uploadId=/.test(url!)
  }
  for (const [what, isIt] of Object.entries(finishes)) {
    for (const ifAbsent of [false, true]) {
      for (const lost of [1, Infinity]) {
        await t.test(`${what}, ${lost} times, ifAbsent ${ifAbsent}`, async t => {
          let times = 0
          const proxy = await answerProxy(t, bucket.settings.endpoint, ({ method, url }) =>
            isIt(method, url) && times++ < lost ? 'lost' : 'whole'
          )
          const { storage } = openBucket(t, bucket, { endpoint: proxy.url })
          const key = `${what}-${lost}-${ifAbsent}`.replaceAll(' ', '-')
          const body = random(what === 'a single put' ? 1_000 : PART + 1)
          t.same(await storage.write(key, inPieces(body), { ifAbsent }), { bytes: body.length })
          t.same(await digest(await storage.read(key)), digestOf(body))
          t.same(await bucket.uploads(), [])
        })
      }
    }
  }
})

t.test(
  'a write that never arrived is no success because an object of that size is there',
  async t => {
    const bucket = await testBucket(t)
    const old = random(1_000)
    await openBucket(t, bucket).storage.write('k', inPieces(old))
    const proxy = await faultProxy(t, bucket.settings.endpoint, ({ method }) =>
      method === 'PUT' ? 'cut' : 'pass'
    )
    for (const ifAbsent of [false, true]) {
      const { storage } = openBucket(t, bucket, { endpoint: proxy.url })
      await t.rejects(storage.write('k', inPieces(random(1_000)), { ifAbsent }), {
        code: /^STORAGE_(UNREACHABLE|OBJECT_EXISTS)$/
      })
    }
    t.same(await digest(await openBucket(t, bucket).storage.read('k')), digestOf(old))
  }
)

t.test('reading', async t => {
  const bucket = await testBucket(t)
  const body = random(5 * PART)
  await openBucket(t, bucket).storage.write('k', inPieces(body))
  const through = async (
    t: Parameters<typeof answerProxy>[0],
    decide: Parameters<typeof answerProxy>[2]
  ) => {
    const proxy = await answerProxy(t, bucket.settings.endpoint, decide)
    return { ...openBucket(t, bucket, { endpoint: proxy.url, requestTimeoutMs: 600 }), proxy }
  }

  await t.test('a connection that breaks midway', async t => {
    const { storage } = await through(t, () => ({ cutAfter: 1_000_000 }))
    await t.rejects(digest(await storage.read('k')), {
      name: 'AppError',
      code: 'STORAGE_UNREACHABLE'
    })
  })

  await t.test('a store that falls silent midway', async t => {
    const { storage } = await through(t, () => ({ stallAfter: 1_000_000 }))
    const started = Date.now()
    await t.rejects(digest(await storage.read('k')), {
      name: 'AppError',
      code: 'STORAGE_UNREACHABLE'
    })
    t.ok(Date.now() - started < 5_000, 'the silence was noticed')
  })

  await t.test('a reader slower than the time the store may be silent', async t => {
    const { storage } = await through(t, () => 'whole')
    async function* slow() {
      let pauses = 3
      for await (const chunk of await storage.read('k')) {
        yield chunk
        if (pauses-- > 0) await sleep(1_300)
      }
    }
    t.same(await digest(slow()), digestOf(body))
  })

  await t.test('a stream that is destroyed unread lets the connection go', async t => {
    const { storage, proxy } = await through(t, () => 'whole')
    const stream = await storage.read('k')
    t.equal(proxy.open.size, 1)
    stream.destroy()
    await sleep(300)
    t.equal(proxy.open.size, 0)
  })
})
