import t from 'tap'
import { parseManifest } from '../src/index.ts'
import { serialiseManifest } from '../src/manifest.ts'
import { manifestOf } from './support.ts'

const good = manifestOf('some-repository')
const parse = (value: unknown) => parseManifest(Buffer.from(JSON.stringify(value)), 'shop/x')
const invalid = { code: 'MANIFEST_INVALID', message: /^shop\/x/ }

/** The good manifest with one thing changed; `undefined` takes it away. */
function changed(path: string, value: unknown) {
  const copy = structuredClone(good) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop()!
  const parent = names.reduce((node, name) => node[name] as Record<string, unknown>, copy)
  parent[last] = value
  return copy
}

t.test('what is written is read again, the same', async t => {
  t.same(parseManifest(serialiseManifest(good), 'x'), good)
  t.same(serialiseManifest(parse(good)), serialiseManifest(good), 'to the byte')
})

t.test('every field that must be there must be there', async t => {
  const required = Object.keys(good)
  t.ok(required.length > 15)
  for (const name of required)
    t.throws(() => parse(changed(name, undefined)), { ...invalid, message: /shop\/x/ }, name)
})

t.test('a field that is not what it should be is refused, and named', async t => {
  const wrong: [string, unknown][] = [
    ['kind', 'dump'],
    ['source.name', 7],
    ['startedAt', 'yesterday'],
    ['finishedAt', '2026-11-20 02:00:00'],
    ['compression.scheme', 'gzip'],
    ['encryption.scheme', 'none'],
    ['encryption.recipients', []],
    ['objects', []],
    ['objects.0.bytes', -1],
    ['objects.0.bytes', 1.5],
    ['objects.0.bytes', '5'],
    ['objects.0.sha256', 'A'.repeat(64)],
    ['objects.0.sha256', 'a'.repeat(63)],
    ['objects.0.key', ''],
    ['objects.0.key', '/etc/passwd'],
    ['objects.0.key', 'a//b'],
    ['objects.0.key', 'a b'],
    ['objects.0.key', 'a\\b'],
    ['tables.0.kind', 'x'],
    ['tables.0.rows', -1],
    ['labels', { a: 1 }],
    ['roles', 'app']
  ]
  for (const [path, value] of wrong) {
    t.throws(
      () => parse(changed(path, value)),
      { ...invalid, message: new RegExp(`/${path.replaceAll('.', '/')}`) },
      `${path}: ${JSON.stringify(value)}`
    )
  }
})

t.test('unknown fields are kept, at every depth', async t => {
  const newer = {
    ...good,
    checksum: { scheme: 'new' },
    source: { ...good.source, region: 'eu' },
    objects: [{ ...good.objects[0], storageClass: 'cold' }]
  }
  const parsed = parse(newer)
  t.same(parsed, newer)
  t.same(JSON.parse(serialiseManifest(parsed).toString()), newer)
})

t.test('a newer format is said to be newer, however different it is', async t => {
  const newer = { code: 'REPOSITORY_FORMAT_NEWER', message: /format 2.* up to 1/ }
  t.throws(() => parse({ ...good, formatVersion: 2 }), newer)
  t.throws(() => parse({ formatVersion: 2, entirely: 'different' }), newer)
})

t.test('a version that there never was is invalid, not newer', async t => {
  for (const formatVersion of [0, -1, 0.5, '2', null, true])
    t.throws(() => parse({ ...good, formatVersion }), invalid, JSON.stringify(formatVersion))
})

t.test('what is no manifest at all is refused with the same code', async t => {
  const whole = serialiseManifest(good)
  const texts = ['', 'null', '[]', '42', '"x"', '{}', '{', '<html>', `${whole.toString()}}`]
  for (const text of texts)
    t.throws(
      () => parseManifest(Buffer.from(text), 'shop/x'),
      invalid,
      JSON.stringify(text.slice(0, 9))
    )
  t.throws(() => parseManifest(whole.subarray(0, whole.length >> 1), 'shop/x'), invalid, 'half')
  const latin1 = Buffer.from(JSON.stringify({ ...good, name: 'niño' }), 'latin1')
  t.throws(() => parseManifest(latin1, 'shop/x'), invalid, 'not UTF-8')
})
