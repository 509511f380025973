import t from 'tap'
import { escapeHtml, messageHtml } from '../src/index.ts'
import { hostile, message } from './message.ts'

t.test('the five characters', async t => {
  t.equal(
    escapeHtml(`<a href="x" title='y'>&amp;</a>`),
    '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;'
  )
})

t.test('a mail shows title, text and facts', async t => {
  const html = messageHtml(message({ policy: null }))
  for (const part of [
    '>Backup of shop failed</h1>',
    message().text,
    '>Severity</th><td>critical</td>',
    '>Source</th><td>shop</td>',
    '>Kind</th><td>backup-failed</td>'
  ])
    t.ok(html.includes(part), part)
  t.notMatch(html, /Policy|null/)
})

t.test('what a message says is never markup, and nothing is fetched', async t => {
  const tags = (html: string) => html.match(/<[^>]*>/g)!.map(tag => /^<\/?[!\w]*/.exec(tag)![0])
  const { title, text, facts } = message()
  const row = tags(messageHtml({ ...hostile, facts: {} }))
  t.same(row, tags(messageHtml(message({ facts: {} }))))
  t.same(tags(messageHtml(hostile)), tags(messageHtml(message({ facts: { one: 'fact' } }))))
  t.notMatch(messageHtml(message({ title, text, facts })), /https?:|src=|url\(|@import/)
})
