import t from 'tap'
import { cut, cutStart } from '../src/checks/cut.ts'
import { storable } from '../src/storable.ts'

const at = new Date()

t.test('every text is one that jsonb takes, and nothing else changes', async t => {
  const found = {
    reason: { message: 'a\0b', hint: 'half \ud83d of' },
    checks: [
      { actual: '\ude00', details: ['whole \u{1f600}', '\0'], seconds: 1.5, query: undefined }
    ],
    restored: null,
    startedAt: at
  }
  t.strictSame(storable(found), {
    reason: { message: 'a\ufffdb', hint: 'half \ufffd of' },
    checks: [
      { actual: '\ufffd', details: ['whole \u{1f600}', '\ufffd'], seconds: 1.5, query: undefined }
    ],
    restored: null,
    startedAt: at
  })
  t.equal(found.reason.message, 'a\0b', 'the original stays')
})

t.test('what is cut stays well-formed', async t => {
  const text = 'a\u{1f600}b'
  t.same(
    [0, 1, 2, 3, 4, 9].map(length => cut(text, length)),
    ['', 'a', 'a', 'a\u{1f600}', text, text]
  )
  t.same(
    [1, 2, 3, 4, 9].map(length => cutStart(text, length)),
    ['b', 'b', '\u{1f600}b', text, text]
  )
})
