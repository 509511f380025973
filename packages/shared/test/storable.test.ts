import t from 'tap'
import { AppError, storable } from '../src/index.ts'

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

t.test('an error that is kept', async t => {
  const error = new AppError('TOOL_FAILED', 'printed \0', { hint: 'half \ud83d' })
  t.match(JSON.parse(JSON.stringify(error)), { message: 'printed \ufffd', hint: 'half \ufffd' })
})
