import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Storage } from '../src/index.ts'
import {
  collect,
  digest,
  digestOf,
  endingIn,
  inPieces,
  keys,
  PART,
  random,
  thrownBy
} from './bodies.ts'

export interface Opened {
  /** Empty. */
  storage: Storage
  /** Names of what unfinished writes hold right now: temporary files, multipart uploads. */
  unfinished: () => Promise<string[]>
}

/** What `storage.ts` promises, for one kind of storage. `open` gives an empty one and removes it at the end of the test. */
export function storageContract(name: string, open: (t: Test) => Promise<Opened>) {
  t.test(`${name}: gives back the bytes that were written`, async t => {
    const { storage, unfinished } = await open(t)
    for (const size of [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 4_000_001]) {
      await t.test(`${size} bytes`, async t => {
        const key = `sizes/${size}`
        const body = random(size)
        const before = Date.now()
        t.same(await storage.write(key, inPieces(body)), { bytes: size })
        t.same(await digest(await storage.read(key)), digestOf(body))
        const head = await storage.head(key)
        t.match(head, { key, bytes: size })
        const age = head!.modifiedAt.getTime() - before
        t.ok(age > -2_000 && age < 60_000, `written just now, the store says ${age} ms after`)
        t.same(await unfinished(), [])
      })
    }
    t.equal((await collect(storage.list('sizes/'))).length, 7)
  })

  t.test(`${name}: takes a body of many tiny and of empty pieces`, async t => {
    const { storage } = await open(t)
    const body = random(5_000)
    await storage.write('tiny', tiny(body))
    t.same(await digest(await storage.read('tiny')), digestOf(body))
    async function* tiny(bytes: Buffer) {
      for (let i = 0; i < bytes.length; i++) {
        yield new Uint8Array()
        yield bytes.subarray(i, i + 1)
      }
    }
  })

  t.test(`${name}: takes a body whose producer uses its buffer again`, async t => {
    const { storage } = await open(t)
    const expected = Buffer.concat(Array.from({ length: 40 }, (_, i) => Buffer.alloc(250_000, i)))
    await storage.write('reused', reused())
    t.same(await digest(await storage.read('reused')), digestOf(expected))
    async function* reused() {
      const buffer = Buffer.alloc(250_000)
      for (let i = 0; i < 40; i++) yield buffer.fill(i)
    }
  })

  t.test(`${name}: a second write replaces the object whole`, async t => {
    const { storage, unfinished } = await open(t)
    const [long, short] = [random(PART + 10), random(10)]
    await storage.write('again', inPieces(long))
    await storage.write('again', inPieces(short))
    t.same(await digest(await storage.read('again')), digestOf(short))
    t.match(await collect(storage.list('')), [{ key: 'again', bytes: 10 }])
    t.same(await unfinished(), [])
  })

  t.test(`${name}: ifAbsent refuses a second write and keeps the first`, async t => {
    const { storage, unfinished } = await open(t)
    for (const size of [0, 10, PART + 1]) {
      await t.test(`${size} bytes`, async t => {
        const key = `once/${size}`
        const first = random(size)
        t.same(await storage.write(key, inPieces(first), { ifAbsent: true }), { bytes: size })
        for (const other of [10, PART + 1]) {
          await t.rejects(storage.write(key, inPieces(random(other)), { ifAbsent: true }), {
            name: 'AppError',
            code: 'STORAGE_OBJECT_EXISTS'
          })
        }
        t.same(await digest(await storage.read(key)), digestOf(first))
        t.same(await unfinished(), [])
      })
    }
  })

  t.test(`${name}: of writers that race with ifAbsent one wins`, async t => {
    const { storage, unfinished } = await open(t)
    if (!storage.features.conditionalWrite)
      return void t.comment('this one only checks, then writes')
    // Larger bodies are beyond what some stores do at once, see StorageFeatures.
    for (const size of [0, 1_000, PART]) {
      const bodies = Array.from({ length: 4 }, () => random(size))
      const ends = await Promise.allSettled(
        bodies.map(body => storage.write(`race-${size}`, inPieces(body), { ifAbsent: true }))
      )
      const winners = bodies.filter((_, i) => ends[i]!.status === 'fulfilled')
      t.equal(winners.length, 1)
      for (const end of ends)
        if (end.status === 'rejected') t.match(end.reason, { code: 'STORAGE_OBJECT_EXISTS' })
      t.same(await digest(await storage.read(`race-${size}`)), digestOf(winners[0]!))
    }
    t.same(await unfinished(), [])
  })

  t.test(`${name}: a body that throws leaves nothing and its error is thrown on`, async t => {
    const { storage, unfinished } = await open(t)
    for (const size of [0, 1_000, PART, PART + 1, 2 * PART + 1]) {
      for (const ifAbsent of [false, true]) {
        const died = new Error(`source died after ${size} bytes`)
        const { body } = endingIn(size, died)
        t.equal(await thrownBy(storage.write('broken', body, { ifAbsent })), died)
        t.equal(await storage.head('broken'), undefined)
        await t.rejects(storage.read('broken'), { code: 'STORAGE_OBJECT_NOT_FOUND' })
        t.same(await unfinished(), [])
      }
    }
    t.same(await collect(storage.list('')), [])
  })

  t.test(`${name}: a broken write leaves the object that was there`, async t => {
    const { storage, unfinished } = await open(t)
    const body = random(10)
    await storage.write('kept', inPieces(body))
    for (const size of [5, PART + 1]) {
      const died = new Error('source died')
      await t.rejects(storage.write('kept', endingIn(size, died).body), died)
      t.same(await digest(await storage.read('kept')), digestOf(body))
    }
    t.same(await unfinished(), [])
  })

  t.test(`${name}: an abort before the write pulls nothing from the body`, async t => {
    const { storage, unfinished } = await open(t)
    const reason = new Error('changed my mind')
    const source = endingIn(10, Promise.resolve())
    const write = storage.write('a', source.body, { signal: AbortSignal.abort(reason) })
    t.equal(await thrownBy(write), reason)
    t.equal(source.pieces, 0)
    t.same(await collect(storage.list('')), [])
    t.same(await unfinished(), [])
  })

  for (const [when, size] of Object.entries({ first: 1_000, second: PART + 1, third: 2 * PART })) {
    t.test(`${name}: an abort in the ${when} part leaves nothing and closes the body`, async t => {
      const { storage, unfinished } = await open(t)
      const stop = new AbortController()
      const reason = new Error('changed my mind')
      let closed = false
      const write = storage.write('aborted', body(), { signal: stop.signal })
      t.equal(await thrownBy(write), reason)
      t.ok(closed, 'the body was closed')
      t.equal(await storage.head('aborted'), undefined)
      t.same(await collect(storage.list('')), [])
      t.same(await unfinished(), [])
      async function* body() {
        try {
          yield* inPieces(random(size))
          stop.abort(reason)
          for (;;) yield random(100_000)
        } finally {
          closed = true
        }
      }
    })
  }

  t.test(`${name}: an abort is heard while the body gives nothing`, async t => {
    const { storage, unfinished } = await open(t)
    for (const size of [0, 1_000, PART + 1]) {
      const reason = new Error('changed my mind')
      const stop = new AbortController()
      const stalled = Promise.withResolvers<void>()
      const source = endingIn(size, stalled.promise)
      const write = thrownBy(storage.write('stalled', source.body, { signal: stop.signal }))
      await sleep(300)
      stop.abort(reason)
      t.equal(await Promise.race([write, sleep(5_000, 'not heard')]), reason)
      stalled.resolve()
      await write
      t.same(await collect(storage.list('')), [])
      t.same(await unfinished(), [])
    }
  })

  t.test(`${name}: an object is seen only when it is whole`, async t => {
    const { storage, unfinished } = await open(t)
    const stalled = Promise.withResolvers<void>()
    const write = storage.write('late/object', endingIn(PART + 1, stalled.promise).body)
    await unfinishedHas(unfinished, 1)
    t.equal(await storage.head('late/object'), undefined)
    t.same(await collect(storage.list('')), [])
    stalled.resolve()
    t.same(await write, { bytes: PART + 1 })
    t.match(await collect(storage.list('')), [{ key: 'late/object', bytes: PART + 1 }])
    t.same(await unfinished(), [])
  })

  t.test(`${name}: what does not exist`, async t => {
    const { storage } = await open(t)
    await storage.write('folder/object', inPieces(random(1)))
    for (const key of ['missing', 'folder/missing', 'folder', 'folder/object/below', 'no/such/f']) {
      await t.rejects(
        storage.read(key),
        { name: 'AppError', code: 'STORAGE_OBJECT_NOT_FOUND', message: key, hint: /not in the/ },
        `reading ${key}`
      )
      t.equal(await storage.head(key), undefined, key)
      t.equal(await storage.delete(key), undefined, `deleting ${key} is no error`)
    }
    t.match(await collect(storage.list('')), [{ key: 'folder/object' }])
  })

  t.test(`${name}: delete removes one object, and again is no error`, async t => {
    const { storage } = await open(t)
    for (const key of ['d/a', 'd/ab', 'd/b/c']) await storage.write(key, inPieces(random(10)))
    await storage.delete('d/a')
    await storage.delete('d/a')
    t.equal(await storage.head('d/a'), undefined)
    t.same(await keys(storage, ''), ['d/ab', 'd/b/c'])
    await storage.delete('d/b/c')
    await storage.delete('d/ab')
    t.same(await keys(storage, ''), [])
    await storage.write('d', inPieces(random(10)))
    t.same(await keys(storage, ''), ['d'], 'a folder that was emptied may become an object')
  })

  t.test(`${name}: list goes in key order and only below the prefix`, async t => {
    const { storage } = await open(t)
    const stored = ['a-b/c', 'a.b', 'a/b', 'a/b-c', 'a/c/d', 'a0', 'B', '.hidden/x', 'a_b/...']
    for (const [i, key] of stored.entries()) await storage.write(key, inPieces(random(i)))
    t.same(
      await collect(sizes(storage.list(''))),
      [...stored].sort().map(key => ({ key, bytes: stored.indexOf(key) }))
    )
    for (const prefix of [
      'a',
      'a/',
      'a/b',
      'a/c/',
      'a/c/d',
      '.',
      'a_b/..',
      'a/b/',
      'z',
      '../',
      '/'
    ])
      t.same(
        await keys(storage, prefix),
        [...stored].sort().filter(key => key.startsWith(prefix)),
        `below ${prefix}`
      )
  })

  t.test(`${name}: list gives every key of more than a page`, async t => {
    const { storage } = await open(t)
    const all = Array.from({ length: 1_203 }, (_, i) => `many/${String(i).padStart(5, '0')}`)
    const waiting = [...all]
    const body = Buffer.from('x')
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let key = waiting.pop(); key; key = waiting.pop())
          await storage.write(key, inPieces(body))
      })
    )
    t.same(await keys(storage, 'many/'), all)
    t.same(await keys(storage, 'many/00'), all.slice(0, 1_000), 'exactly one page')
    let first: string | undefined
    for await (const { key } of storage.list('many/')) {
      first = key
      break
    }
    t.equal(first, all[0], 'a list may be left early')
  })

  t.test(`${name}: keys`, async t => {
    const { storage, unfinished } = await open(t)
    const good = [
      'A',
      'a..b',
      '...',
      '..a/b..',
      '-',
      '_',
      '.a',
      'x.tar.zst.age',
      `${'a/'.repeat(20)}b`
    ]
    for (const key of good) {
      const body = random(20)
      await storage.write(key, inPieces(body))
      t.same(await digest(await storage.read(key)), digestOf(body), key)
    }
    t.same(await keys(storage, ''), [...good].sort())

    const climbing = ['..', '../a', 'a/../b', 'a/..', '.', './a', 'a/./b', '/', '/a', '/etc/passwd']
    const empty = ['', 'a/', 'a//b']
    const odd = [
      ...' "\'+%*?<>|:;,=@&$#!~^()[]{}`\\\0\n\r\tñ日\u202e\u{1f600}',
      String.fromCharCode(0xd800)
    ].map(c => `a${c}b`)
    for (const key of [...climbing, ...empty, ...odd, '%2e%2e/a', 'a\n', 'a'.repeat(1_001)]) {
      const refused = { name: 'AppError', code: 'STORAGE_KEY_INVALID' }
      const source = endingIn(10, Promise.resolve())
      const what = JSON.stringify(key.slice(0, 20))
      await t.rejects(storage.write(key, source.body), refused, `write ${what}`)
      t.equal(source.pieces, 0, 'the body was not touched')
      await t.rejects(storage.read(key), refused, `read ${what}`)
      await t.rejects(storage.head(key), refused, `head ${what}`)
      await t.rejects(storage.delete(key), refused, `delete ${what}`)
    }
    t.same(await keys(storage, ''), [...good].sort(), 'nothing came or went')
    t.same(await unfinished(), [])
  })

  t.test(`${name}: writes of different keys at once`, async t => {
    const { storage, unfinished } = await open(t)
    const bodies = [0, 1, 1_000, 3_000_000, PART, PART + 1, 2 * PART, 10].map(random)
    await Promise.all(bodies.map((body, i) => storage.write(`at-once/${i}`, inPieces(body))))
    for (const [i, body] of bodies.entries())
      t.same(await digest(await storage.read(`at-once/${i}`)), digestOf(body), `${body.length}`)
    t.same(await unfinished(), [])
  })

  t.test(`${name}: one write fails, those beside it do not`, async t => {
    const { storage, unfinished } = await open(t)
    const body = random(PART + 1)
    const died = new Error('source died')
    const [good, bad] = await Promise.allSettled([
      storage.write('beside/good', inPieces(body)),
      storage.write('beside/bad', endingIn(PART + 1, died).body)
    ])
    t.match([good, bad], [{ status: 'fulfilled' }, { status: 'rejected', reason: died }])
    t.same(await digest(await storage.read('beside/good')), digestOf(body))
    t.same(await keys(storage, ''), ['beside/good'])
    t.same(await unfinished(), [])
  })

  t.test(`${name}: a folder is written to while its last object is deleted`, async t => {
    const { storage } = await open(t)
    const left = new Set<string>()
    await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        for (let i = 0; i < 25; i++) {
          const key = `busy/${i}/${worker}`
          await storage.write(key, inPieces(random(10)))
          if (i % 5 !== 0) await storage.delete(key)
          else left.add(key)
        }
      })
    )
    t.same(await keys(storage, 'busy/'), [...left].sort())
  })

  t.test(`${name}: reads of one object at once, one of them left early`, async t => {
    const { storage } = await open(t)
    const body = random(PART)
    await storage.write('shared', inPieces(body))
    const left = await storage.read('shared')
    for await (const _ of left) break
    t.ok(left.destroyed)
    const digests = await Promise.all(
      Array.from({ length: 3 }, async () => digest(await storage.read('shared')))
    )
    t.same(digests, Array(3).fill(digestOf(body)))
  })

  t.test(`${name}: an abort ends a read with its reason`, async t => {
    const { storage } = await open(t)
    await storage.write('long', inPieces(random(3 * PART)))
    const reason = new Error('changed my mind')
    const before = storage.read('long', { signal: AbortSignal.abort(reason) })
    t.equal(await thrownBy(before), reason, 'before')

    const early = new AbortController()
    const unread = await storage.read('long', { signal: early.signal })
    early.abort(reason)
    t.equal(await thrownBy(digest(unread)), reason, 'before the first byte is taken')

    const stop = new AbortController()
    let bytes = 0
    const read = async () => {
      for await (const chunk of await storage.read('long', { signal: stop.signal })) {
        bytes += chunk.length
        stop.abort(reason)
      }
    }
    t.equal(await thrownBy(read()), reason, 'midway')
    t.ok(bytes > 0 && bytes < 3 * PART, `${bytes} bytes were read`)
  })

  t.test(`${name}: removeUnfinished removes what is below the prefix and old enough`, async t => {
    const { storage, unfinished } = await open(t)
    const future = new Date(Date.now() + 60_000)
    t.equal(await storage.removeUnfinished('', future), 0)
    await storage.write('left/whole', inPieces(random(10)))
    const stalled = Promise.withResolvers<void>()
    const writes = ['left/a', 'left/b', 'other/c'].map(key =>
      thrownBy(storage.write(key, endingIn(PART + 1, stalled.promise).body))
    )
    await unfinishedHas(unfinished, 3)
    t.equal(await storage.removeUnfinished('left/', new Date(Date.now() - 60_000)), 0, 'too young')
    t.equal(await storage.removeUnfinished('elsewhere/', future), 0)
    t.equal((await unfinished()).length, 3)
    t.equal(await storage.removeUnfinished('left/', future), 2)
    t.match(await unfinished(), [/other/])
    stalled.resolve()
    const [a, b, c] = await Promise.all(writes)
    for (const error of [a, b]) t.match(error, { name: 'AppError', code: /^STORAGE_/ })
    t.same(c, { bytes: PART + 1 }, 'the other one goes on')
    t.same(await keys(storage, ''), ['left/whole', 'other/c'], 'no half object appears')
    t.same(await unfinished(), [])
  })

  t.test(`${name}: no lock is promised where none can be held`, async t => {
    const { storage, unfinished } = await open(t)
    if (storage.features.objectLock) return void t.comment('this one locks objects')
    const refused = { name: 'AppError', code: 'VALIDATION_FAILED', message: /cannot lock objects/ }
    const lock = { mode: 'governance', until: new Date(Date.now() + 60_000) } as const
    const source = endingIn(10, Promise.resolve())
    await t.rejects(storage.write('locked', source.body, { lock }), refused)
    t.equal(source.pieces, 0)
    await storage.write('free', inPieces(random(10)))
    await t.rejects(storage.extendLock('free', lock), refused)
    t.notOk('lockedUntil' in (await storage.head('free'))!)
    t.same(await keys(storage, ''), ['free'])
    t.same(await unfinished(), [])
  })

  t.test(`${name}: the probe tries every operation and leaves nothing`, async t => {
    const { storage, unfinished } = await open(t)
    await storage.write('mine', inPieces(random(10)))
    const { steps, features } = await storage.probe()
    t.same(steps.map(({ name }) => name).slice(-6), [
      'write',
      'head',
      'read',
      'list',
      'conditional write',
      'delete'
    ])
    for (const { name, ok } of steps)
      t.equal(ok, name !== 'conditional write' || features.conditionalWrite, name)
    for (const { ms } of steps) t.ok(ms >= 0)
    t.same(features, storage.features)
    t.same(await keys(storage, ''), ['mine'])
    t.same(await unfinished(), [])
  })
}

async function* sizes(objects: ReturnType<Storage['list']>) {
  for await (const { key, bytes } of objects) yield { key, bytes }
}

async function unfinishedHas(unfinished: Opened['unfinished'], count: number) {
  for (let i = 0; (await unfinished()).length !== count; i++) {
    if (i > 200) throw new Error(`expected ${count} unfinished writes: ${await unfinished()}`)
    await sleep(50)
  }
}
