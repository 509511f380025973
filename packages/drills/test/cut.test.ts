import t from 'tap'
import { cut, cutStart } from '../src/checks/cut.ts'

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
