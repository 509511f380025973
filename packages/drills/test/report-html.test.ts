import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { reportHtml } from '../src/report/html.ts'
import { periodReport, type ReportFacts } from '../src/report/period-report.ts'
import { lookInto, withTexts } from './evidence-support.ts'
import { at, drill, policy, quarter } from './report-support.ts'

const page = (facts: ReportFacts) => reportHtml(periodReport(facts))
const has = (page: string, ...texts: string[]) =>
  texts.filter(text => !page.replace(/\s+/g, ' ').includes(text))

/** Of a proven, a failing, an overdue and a never drilled policy. */
const facts = quarter(
  [
    drill('07-16T00:00:00', { restoreSeconds: 100 }),
    drill('09-15T00:00:00', { restoreSeconds: 400, rtoMet: false }),
    drill('09-10T00:00:00', { policyId: 'crm', restoreSeconds: 2 }),
    drill('09-11T00:00:00', { policyId: 'crm', outcome: 'failed', backupId: 'bad-one' }),
    drill('05-01T00:00:00', { policyId: 'old' }),
    drill('08-01T00:00:00', { policyId: null, outcome: 'errored', restoreSeconds: null })
  ],
  {
    policies: [
      policy(),
      policy({ id: 'crm', name: 'crm', rtoObjectiveSeconds: 14_400 }),
      policy({ id: 'old', name: 'archive' }),
      policy({ id: 'new', name: 'brand-new', drillDays: null, rtoObjectiveSeconds: null })
    ]
  }
)

t.test('the page says who was proven, and what needs attention', async t => {
  const missing = has(
    page(facts),
    '<title>Restore drills, 2026-07-01 to 2026-09-30</title>',
    'As of 2026-10-01 00:00:00 UTC.',
    '<dt>Policies proven</dt><dd>2 of 4</dd>',
    '<dd><span class="red">2</span></dd>',
    '<dt>Pass rate</dt><dd>75.0 %</dd>',
    '<dd>3 / 1 / 1</dd>',
    'class="red">crm</th><td>The last drill failed on 2026-09-11, with backup bad-one.',
    'class="red">archive</th><td>Overdue since 2026-05-31: the last drill passed on 2026-05-01, the objective is one in 30 days.',
    'class="red">brand-new</th><td>Never drilled: nothing proves that its backups restore.',
    '<td class="date">2026-05-01<br><small>before this period</small>',
    '<span class="badge overdue">overdue</span>',
    '<span class="badge unproven">unproven</span></td><td class="date">never</td>',
    '4 min 10 s<br><strong class="red">6 min 40 s</strong></td><td class="n">5 min</td>',
    '1 of the drills counted above belong to none of these policies.',
    '<th scope="col">Signature</th>',
    'Approved by',
    'Made 2026-10-02 08:00:00 UTC'
  )
  t.same(missing, [])
})

t.test('where all is well nothing is red', async t => {
  const well = page(quarter([drill('09-15T00:00:00')]))
  t.match(well, 'Nothing: every policy is proven, and its last drill passed.')
  t.notMatch(well, /class="[^"]*(red|overdue|unproven|failed)|none of these policies/)
})

t.test('failed and errored drills alone: no drill ever passed', async t => {
  const drills = [drill('09-15T00:00:00', { outcome: 'errored' })]
  const missing = has(
    page(quarter(drills)),
    'No drill ever passed.',
    'The last drill errored on 2026-09-15'
  )
  t.same(missing, [])
})

t.test('a pass rate is never rounded up to all', async t => {
  const failed = drill('09-01T00:00:00', { outcome: 'failed' })
  const drills = Array.from({ length: 1_999 }, () => drill('09-15T00:00:00'))
  t.match(page(quarter([failed, ...drills])), '<dd>99.9 %</dd>')
})

t.test('the chart: time to the right, seconds upwards, the objective dashed', async t => {
  // 92 days on 274 units from 58; 480 s are 116 units upwards from 130.
  const [chart] = page(facts).match(/<svg.*?<\/svg>/s)!
  t.same(/points="([^"]*)"/.exec(chart)![1], '102.7,105.8 284.3,33.3')
  t.match(chart, /y1="57.5" y2="57.5" stroke="#9b1c14" stroke-dasharray/)
  t.match(
    chart,
    '<circle cx="102.7" cy="105.8" r="2.8" fill="#1f3a5f"><title>2026-07-16: 1 min 40 s'
  )
  t.match(chart, '<rect x="281.3" y="30.3" width="6" height="6" fill="#9b1c14">')
  t.match(chart, '<title>2026-09-15: 6 min 40 s, missed</title>')
  t.same(
    [...chart.matchAll(/text-anchor="end">([^<]*)</g)].map(([, text]) => text),
    ['0 s', '2 min', '4 min', '6 min', '8 min', '2026-09-30']
  )
})

t.test('an objective far above the restores is said, not drawn', async t => {
  const objective = (rtoObjectiveSeconds: number | null) =>
    page(quarter([drill('09-15T00:00:00')], { policies: [policy({ rtoObjectiveSeconds })] }))
  t.match(objective(400), 'Dashed: the objective, 6 min 40 s')
  t.match(objective(401), 'The objective, 6 min 41 s, is far above the scale')
  t.notMatch(objective(401), 'stroke-dasharray')
  t.match(objective(null), 'No objective')
  t.match(page(quarter([])), 'No restore was measured.')
})

t.test('a chart holds whatever was measured', async t => {
  // A double of fast-check's is nearly always tiny or huge.
  const tenths = (max: number) => fc.integer({ min: 0, max }).map(number => number / 10)
  const times = fc.array(fc.oneof(tenths(100), tenths(1e5), tenths(1e9)), {
    minLength: 1,
    maxLength: 5
  })
  const share = fc.option(tenths(50))
  const holds = (all: number[], share: number | null) => {
    const drills = all.map(restoreSeconds => drill('09-15T00:00:00', { restoreSeconds }))
    const rtoObjectiveSeconds = share === null ? null : share * Math.max(...all)
    const policies = [policy({ rtoObjectiveSeconds })]
    const [chart] = page(quarter(drills, { policies })).match(/<svg.*?<\/svg>/s)!
    assert.doesNotMatch(chart, /NaN|Infinity/)
    const ys = [...chart.matchAll(/ (?:y\d?|cy)="([^"]*)"/g)].map(([, y]) => Number(y))
    assert.ok(
      ys.every(y => y >= 11 && y <= 144),
      String(ys)
    )
    const ticks = [...chart.matchAll(/stroke="#dde2e9"/g)].length
    assert.ok(ticks >= 2 && ticks <= 5, `${ticks} lines`)
  }
  t.doesNotThrow(() => fc.assert(fc.property(times, share, holds)))
  t.doesNotThrow(() => holds([0], null))
})

t.test('the page is whole and loads nothing, whatever the names are', async t => {
  const { tags, problems } = lookInto(page(facts))
  t.same(problems, [])
  t.ok(tags.includes('polyline'))
  const report = periodReport(facts)
  const hostile = fc
    .tuple(fc.string({ unit: 'binary' }), fc.constantFrom('<b>', '"', "'", '</title>', '-->'))
    .map(([text, mark]) => `${mark}${text}<i a="1" b='2'>&`)
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(hostile, text => {
        const changed = reportHtml(
          withTexts(report, (path, old) => (/(name|Id|id)$/.test(path) ? text : old))
        )
        assert.deepEqual(lookInto(changed), { tags, problems: [] })
        assert.ok(!changed.includes(text))
      })
    )
  )
})

t.test('a period that is not over is as of now', async t => {
  t.match(page({ ...facts, now: at('08-01T10:00:00') }), 'As of 2026-08-01 10:00:00 UTC.')
})
