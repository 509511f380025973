import { html, type Markup } from '../evidence/markup.ts'
import { badge, figures, page, section, signOff } from '../evidence/page.ts'
import { day, duration, lastDay, moment } from '../evidence/wording.ts'
import type { DrillCounts, DrillReport, PolicyCoverage } from './schema.ts'
import { trendChart } from './trend-chart.ts'

/** The report for people, on screen and on paper. */
export function reportHtml(report: DrillReport): string {
  const { period, policies, totals, otherDrills, generatedAt } = report
  const span = `${day(period.from)} to ${lastDay(period.to)}`
  const proven = policies.filter(({ state }) => state === 'proven').length
  return page(
    `Restore drills, ${span}`,
    html`
<header>
<div>
<p class="maker">Resguardo · Restore drill report</p>
<h1>Restore drills, ${span}</h1>
<p class="note">As of ${moment(period.asOf)}. A drill restores a backup, checks it and measures the time.</p>
</div>
</header>
${figures([
  ['Policies proven', `${proven} of ${policies.length}`],
  ['Overdue or never proven', alarming(policies.length - proven)],
  ['Pass rate', rate(totals)],
  ['Passed / failed / errored', triple(totals)]
])}
${section('Needs attention', attention(policies))}
${section('Coverage', coverageTable(policies))}
${otherDrills === 0 ? null : html`<p class="note">${otherDrills} of the drills counted above belong to none of these policies.</p>`}
${section('Restore times', charts(report))}
${signOff(['Prepared by', 'Reviewed by', 'Approved by'])}
<footer class="note">Made ${moment(generatedAt)} by Resguardo. The pass rate is passed / (passed + failed): an errored drill could not run and says nothing about a backup. A drill belongs to the period that it ended in.</footer>`
  )
}

const alarming = (count: number) => (count === 0 ? '0' : html`<span class="red">${count}</span>`)

const rate = ({ passRate }: DrillCounts) =>
  passRate === null ? '–' : `${(Math.floor(passRate * 1_000) / 10).toFixed(1)} %`

function attention(policies: PolicyCoverage[]): Markup {
  const lines = policies.flatMap(policy => problemsOf(policy).map(text => ({ policy, text })))
  return lines.length === 0
    ? html`<p>Nothing: every policy is proven, and its last drill passed.</p>`
    : html`<div class="box whole"><table><tbody>${lines.map(({ policy, text }) => html`<tr><th scope="row" class="red">${policy.name}</th><td>${text}</td></tr>`)}</tbody></table></div>`
}

function problemsOf({ state, lastPassed, last, drillDays, dueAt }: PolicyCoverage): string[] {
  if (!last) return ['Never drilled: nothing proves that its backups restore.']
  const problems: string[] = []
  if (state === 'unproven') problems.push('No drill ever passed.')
  if (state === 'overdue' && lastPassed && dueAt)
    problems.push(
      `Overdue since ${day(dueAt)}: the last drill passed on ${day(lastPassed.finishedAt)}, the objective is one in ${drillDays} days.`
    )
  if (last.outcome !== 'passed')
    problems.push(
      `The last drill ${last.outcome} on ${day(last.finishedAt)}, ${last.backupId ? `with backup ${last.backupId}` : 'without a backup'}.`
    )
  return problems
}

const coverageTable = (policies: PolicyCoverage[]) => html`
<table class="wide">
<thead><tr><th scope="col">Policy</th><th scope="col" class="short">State</th><th scope="col">Last proven</th><th scope="col" class="n">Every</th><th scope="col">Last drill</th><th scope="col" class="n">Passed,<br>failed,<br>errored</th><th scope="col" class="n">Restore,<br>median<br>and worst</th><th scope="col" class="n">RTO</th></tr></thead>
<tbody>${policies.map(coverageRow)}</tbody>
</table>`

function coverageRow(policy: PolicyCoverage) {
  const { counts, drillDays } = policy
  return html`
<tr><td><strong>${policy.name}</strong></td><td>${badge(policy.state)}</td><td class="date">${proof(policy)}</td><td class="n">${drillDays === null ? '–' : `${drillDays} d`}</td><td>${policy.last ? badge(policy.last.outcome) : '–'}</td><td class="n">${triple(counts)}<br><small>${rate(counts)}</small></td><td class="n">${time(policy.medianRestoreSeconds)}<br>${worst(policy)}</td><td class="n">${time(policy.rtoObjectiveSeconds)}</td></tr>`
}

const proof = ({ lastPassed, isProvenInPeriod }: PolicyCoverage) => {
  if (!lastPassed) return 'never'
  const on = day(lastPassed.finishedAt)
  return isProvenInPeriod ? on : html`${on}<br><small>before this period</small>`
}

const triple = ({ passed, failed, errored }: DrillCounts) => `${passed} / ${failed} / ${errored}`

const time = (seconds: number | null) => (seconds === null ? '–' : duration(seconds))

const worst = ({ worstRestoreSeconds, restores }: PolicyCoverage) =>
  restores.some(({ rtoMet }) => rtoMet === false)
    ? html`<strong class="red">${time(worstRestoreSeconds)}</strong>`
    : time(worstRestoreSeconds)

const charts = ({ policies, period }: DrillReport) =>
  html`<div class="charts">${policies.map(policy => html`<figure class="whole"><h3>${policy.name}</h3>${trendChart(policy, period)}</figure>`)}</div>`
