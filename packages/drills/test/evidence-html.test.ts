import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { evidenceHtml } from '../src/evidence/html.ts'
import { html } from '../src/evidence/markup.ts'
import type { Evidence } from '../src/evidence/record.ts'
import { count, duration, lastDay, moment, size } from '../src/evidence/wording.ts'
import { check, example, failedExample, lookInto, withTexts } from './evidence-support.ts'

const has = (page: string, ...texts: string[]) =>
  texts.filter(text => !page.replace(/\s+/g, ' ').includes(text))

t.test('the page of a drill that passed says what an auditor asks for', async t => {
  const signature = `${Buffer.alloc(64, 7).toString('base64')}\n`
  const page = evidenceHtml(example(), { signature })
  const missing = has(
    page,
    '<title>Restore drill of shop: passed</title>',
    '<span class="badge passed">passed</span> </header>',
    'Backup 20261122T020000Z-logical-7f3k2m1x of shop was restored to a throw-away cluster and is proven to restore.',
    '<dt>Checks passed</dt><dd>3 of 3</dd>',
    '<dt>Restored in</dt><dd>4 min 12 s</dd>',
    '<dt>Rows</dt><dd>12,480,112</dd>',
    '4 min 12 s<br><small>252.3 s</small></td><td class="n">4 h</td><td><span class="badge met">met',
    '1 h<br><small>3599.8 s</small></td><td class="n">26 h</td><td><span class="badge met">met',
    'AND c.id &lt;&gt; 0)</pre>',
    '<td>restore</td><td>2026-11-22 03:00:04 UTC</td><td class="n">4 min 12 s</td>',
    'style="width:79.1%"',
    '2026-11-22 02:00:00 UTC, LSN 2A/9F0C1D28',
    `<code>${'ab'.repeat(32)}</code>`,
    '<code>3f9a1c0b77de4521</code>',
    'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
    'Throw-away cluster, PostgreSQL 17.6',
    '<td>16.9, 17.6</td>',
    'resguardo 0.1.0, Node 24.21.0',
    '03:05:17 info scratch cluster deleted',
    signature.trim(),
    '<th scope="col">Signature</th>',
    'Accepted by'
  )
  t.same(missing, [])
})

t.test('the page of a drill that failed says why, and of each check', async t => {
  const page = evidenceHtml(failedExample())
  const missing = has(
    page,
    '<span class="badge failed">failed</span> </header>',
    'did not pass: it is bad, or it misses an objective.',
    '<strong>DRILL_FAILED</strong> in phase check<p>1 of 3 checks failed: row-counts</p>',
    '<td class="n">4 h</td><td><span class="badge missed">missed',
    '<td>12,480,112 rows in 38 tables</td><td>12,480,098 rows in 38 tables</td>',
    '<dt>Checks passed</dt><dd>0 of 2</dd>',
    'public.orders: expected 1,204,331 rows, found 1,204,317',
    'syntax error at or near &quot;SELEC&quot;',
    '<span class="badge errored">errored</span></td><td>–</td><td>–</td>',
    'Manifest signed by</th><td>no known key',
    'Staging server, not reached'
  )
  t.same(missing, [])
  t.notMatch(page, /proven to restore|End of the log|Signature of the JSON/)
})

t.test('an errored drill is never said to be about the backup', async t => {
  const { reason, measured } = failedExample()
  const page = evidenceHtml(
    example({
      outcome: 'errored',
      reason,
      checks: [],
      timeline: [],
      measured: { ...measured, restoreSeconds: null, rtoMet: null }
    })
  )
  t.match(page, 'It says nothing about the backup.')
  t.notMatch(page, /did not pass|proven to restore/)
  t.same(has(page, 'not measured', 'No check was made.', 'No phase was begun.', '0 of 0'), [])
})

t.test('pages are whole and load nothing', async t => {
  const pages = [
    evidenceHtml(example(), { signature: 'x' }),
    evidenceHtml(failedExample()),
    evidenceHtml(example({ checks: [check({ details: ['http://a.b/c', '<script>'] })] }))
  ]
  for (const page of pages) t.same(lookInto(page).problems, [])
  t.match(pages[0], `content="default-src 'none'; style-src 'unsafe-inline'"`)
})

t.test('no text of any field becomes markup', async t => {
  const hostile = fc
    .tuple(fc.string({ unit: 'binary' }), fc.constantFrom('<b>', '"', "'", '&', '</pre>', '<!--'))
    .map(([text, mark]) => `${mark}${text}<i a="1" b='2'>&amp;${mark}`)
  const kept = /^(outcome|checks\.\d+\.outcome|where\.kind)$/
  for (const original of [example(), failedExample()]) {
    const { tags } = lookInto(
      evidenceHtml(withTexts(original, (path, old) => keep(path, old, 'x')))
    )
    t.doesNotThrow(() =>
      fc.assert(
        fc.property(hostile, text => {
          const page = evidenceHtml(withTexts(original, (path, old) => keep(path, old, text)))
          assert.deepEqual(lookInto(page), { tags, problems: [] })
          assert.ok(!page.includes(text))
        })
      )
    )
  }
  function keep(path: string, old: string, text: string) {
    return kept.test(path) ? old : text
  }
})

t.test('each field alone is escaped, words of a list too', async t => {
  const text = `<i a="1" b='2'>&`
  const paths: string[] = []
  withTexts(failedExample(), (path, old) => {
    paths.push(path)
    return old
  })
  for (const wanted of paths) {
    const changed = withTexts<Evidence>(failedExample(), (path, old) =>
      path === wanted ? text : old
    )
    const page = evidenceHtml(changed, { signature: text })
    t.notOk(page.includes('<i '), wanted)
    t.same(lookInto(page).problems, [], wanted)
  }
  t.ok(paths.length > 40)
})

t.test('what would hide or turn text round is shown as a sign', async t => {
  const { markup } = html`${'a\u202eb\u0000c\u0007d\te\nf\u2066'}`
  t.equal(markup, 'a\ufffdb\ufffdc\ufffdd\te\nf\ufffd')
  t.equal(html`${'&<>"\''}`.markup, '&amp;&lt;&gt;&quot;&#39;')
  t.equal(html`<b>${['<', 1, null, html`<i>${'&'}</i>`]}</b>`.markup, '<b>&lt;1<i>&amp;</i></b>')
})

t.test('times, sizes and moments for people', async t => {
  const durations: [number, string][] = [
    [0, '0 s'],
    [0.04, '< 0.1 s'],
    [2.46, '2.5 s'],
    [59.94, '59.9 s'],
    [59.96, '1 min'],
    [252.318, '4 min 12 s'],
    [3_599.6, '1 h'],
    [14_400, '4 h'],
    [93_600, '26 h'],
    [259_199, '71 h 59 min'],
    [259_200, '3 d'],
    [273_600, '3 d 4 h']
  ]
  for (const [seconds, text] of durations) t.equal(duration(seconds), text)
  t.equal(size(0), '0 bytes')
  t.equal(size(999), '999 bytes')
  t.equal(size(1_000), '1 kB')
  t.equal(size(4_831_838_208), '4.83 GB')
  t.equal(count(1_234_567), '1,234,567')
  t.equal(moment('2026-11-20T02:03:04.567Z'), '2026-11-20 02:03:04 UTC')
  t.equal(lastDay('2026-10-01T00:00:00.000Z'), '2026-09-30')
  t.equal(lastDay('2026-10-01T12:00:00.000Z'), '2026-10-01')
})
