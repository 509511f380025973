import t from 'tap'
import { backupKinds, isBackupId, isName, makeBackupId } from '../src/index.ts'

const at = (time: string) => new Date(time)

t.test('says time, kind and what makes it unique, to the second and in UTC', async t => {
  t.equal(
    makeBackupId(at('2026-11-20T03:00:00.987+01:00'), 'logical', '7f3k2m'),
    '20261120T020000Z-logical-7f3k2m'
  )
})

t.test('every id that is made is one that is recognised', async t => {
  for (const kind of backupKinds) t.ok(isBackupId(makeBackupId(at('2026-01-02'), kind, 'abc123')))
})

t.test('the order of the text is the order of time, over every border of the calendar', async t => {
  const times = [
    '1999-12-31T23:59:59Z',
    '2000-01-01T00:00:00Z',
    '2026-02-28T23:59:59Z',
    '2026-03-01T00:00:00Z',
    '2026-09-30T09:59:59Z',
    '2026-10-01T10:00:00Z',
    '2026-10-01T10:00:01Z',
    '9999-12-31T23:59:59Z'
  ]
  const ids = times.map(time => makeBackupId(at(time), 'logical', 'zzzzzz'))
  t.same(ids.toReversed().sort(), ids)
})

t.test('no time, no id', async t => {
  t.throws(() => makeBackupId(at('yesterday'), 'logical', 'abc123'), RangeError)
})

t.test('what looks like an id and would lead elsewhere is none', async t => {
  for (const text of [
    '',
    '20261120T020000Z-logical-',
    '20261120T020000Z-logical-abc',
    '20261120T020000Z-logical-12345678901',
    '20261120T020000Z-logical-ABC123',
    '20261120T020000Z-dump-abc123',
    '20261120T0200Z-logical-abc123',
    ' 20261120T020000Z-logical-abc123',
    '20261120T020000Z-logical-abc123\n',
    '20261120T020000Z-logical-../../x',
    '20261120T020000Z-logical-abc123/manifest.json',
    '２0261120T020000Z-logical-abc123'
  ])
    t.notOk(isBackupId(text), JSON.stringify(text))
})

t.test('an id is a folder of a key, so nothing but plain characters', async t => {
  const id = makeBackupId(at('2026-11-20T02:00:00Z'), 'physical', 'abc123')
  t.match(id, /^[A-Za-z0-9-]+$/)
  t.ok(isName(id.toLowerCase()))
})
