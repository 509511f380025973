import t from 'tap'
import { excerpt } from '../src/excerpt.ts'

t.test('one line of 200 characters that any database takes', async t => {
  t.equal(excerpt(' a\r\n\t b\x00c\x1b[31m ', []), 'a b c [31m')
  const cut = excerpt(`${'x'.repeat(199)}😀`, [])
  t.equal(cut.length, 200)
  t.ok(cut.isWellFormed())
})

t.test('secrets are gone though the cut goes through one, or one is a part of another', async t => {
  t.equal(excerpt(`${'x'.repeat(190)}hunter2hunter2`, ['hunter2hunter2']).slice(190), '[secret]')
  t.equal(excerpt('abcdef abc def', ['abc', 'abcdef', '']), '[secret] [secret] def')
})
