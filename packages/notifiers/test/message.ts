import type { Message } from '../src/index.ts'

export const message = (changes: Partial<Message> = {}): Message => ({
  id: '0199f3a0-7c1e-7000-8000-000000000001',
  event: 'incident-opened',
  severity: 'critical',
  at: '2026-11-20T02:00:07.000Z',
  policy: 'shop-daily',
  source: 'shop',
  title: 'Backup of shop failed',
  text: 'The server refused the password.\nThe last good backup is 26 h old.\nCorrect the password of the source.',
  facts: { Kind: 'backup-failed', 'Last good backup': '2026-11-19T00:00:09.000Z' },
  ...changes
})

/** Everything that a format could give a meaning to. */
export const hostile = message({
  title:
    'Failed\r\nBcc: evil@example.com\r\n\r\n<!channel> <script>alert("1")</script> & ñ 備份 😀',
  text: '.\r\n.\r\nQUIT\r\n<b>bold</b> *stars* \'quotes" &amp; ü',
  facts: { 'a<b>\r\nX-Evil: 1': '</table><img src="http://example.com/x.png">\n& more' }
})
