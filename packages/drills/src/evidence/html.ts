import { checksTable } from './checks-table.ts'
import { howToVerify } from './how-to-verify.ts'
import { html, type Markup } from './markup.ts'
import { objectivesTable } from './objectives-table.ts'
import { badge, facts, figures, MAKER, page, section, signOff } from './page.ts'
import type { Evidence } from './record.ts'
import { timelineTable } from './timeline-table.ts'
import { count, duration, moment, size } from './wording.ts'

/** Evidence for people, on screen and on paper. `signature` is the text of the JSON's `.sig`. */
export function evidenceHtml(evidence: Evidence, { signature }: { signature?: string } = {}) {
  const { source, policy, measured, checks, timeline, logTail, outcome } = evidence
  const title = `Restore drill of ${source.name}`
  return page(
    `${title}: ${outcome}`,
    html`
<header>
<div>
<p class="maker">${MAKER}</p>
<h1>${title}</h1>
<p class="note">${moment(evidence.backup.startedAt)} backup, drilled ${moment(timeline[0]?.startedAt ?? evidence.createdAt)}${policy && html`, policy ${policy.name}`}</p>
</div>
${badge(outcome)}
</header>
<p class="lead">${verdict(evidence)}</p>
${reasonBox(evidence)}
${figures([
  ['Checks passed', `${passedOf(checks)} of ${checks.length}`],
  ['Restored in', orDash(measured.restoreSeconds, duration)],
  ['Rows', orDash(measured.rows, count)],
  ['Database size', orDash(measured.bytes, size)]
])}
${section('Objectives', objectivesTable(measured))}
${section('Checks', checksTable(checks))}
${section('Timeline', timelineTable(timeline))}
${section('The backup', backupFacts(evidence))}
${section('The drill', drillFacts(evidence))}
${logTail.length === 0 ? null : section('End of the log', html`<pre>${logTail.join('\n')}</pre>`)}
${section('How to verify this evidence', howToVerify(evidence, signature))}
${signOff(['Reviewed by', 'Accepted by'])}
<footer class="note">Evidence ${evidence.drillId}, made ${moment(evidence.createdAt)} by ${evidence.tool.name} ${evidence.tool.version}.</footer>`
  )
}

const orDash = (value: number | null, show: (value: number) => string) =>
  value === null ? '–' : show(value)

const passedOf = (checks: Evidence['checks']) =>
  checks.filter(({ outcome }) => outcome === 'passed').length

function verdict({ outcome, backup, source, where }: Evidence): string {
  const what = `Backup ${backup.id} of ${source.name}`
  const target = where.kind === 'scratch' ? 'a throw-away cluster' : 'a staging server'
  if (outcome === 'passed') return `${what} was restored to ${target} and is proven to restore.`
  if (outcome === 'failed') return `${what} did not pass: it is bad, or it misses an objective.`
  return `The drill of backup ${backup.id} of ${source.name} could not be carried out. It says nothing about the backup.`
}

const reasonBox = ({ reason, outcome }: Evidence): Markup | null =>
  reason &&
  html`<div class="box whole ${outcome}"><strong>${reason.code}</strong> in phase ${reason.phase}<p>${reason.message}</p><p class="note">${reason.hint}</p></div>`

const backupFacts = ({ source, backup, keys, measured }: Evidence) =>
  facts([
    ['Source', source.name],
    ['Backup', html`<code>${backup.id}</code>`],
    ['Made', `${moment(backup.startedAt)} to ${moment(backup.finishedAt)}`],
    [
      'Moment of the data',
      `${moment(backup.snapshot.at)}${backup.snapshot.lsn ? `, LSN ${backup.snapshot.lsn}` : ''}`
    ],
    ['Repository', html`<code>${backup.repositoryId}</code>`],
    ['Size', `${size(backup.storedBytes)} stored, ${size(backup.plainBytes)} plain`],
    ['Tables', orDash(measured.tables, count)],
    ['SHA-256 of the manifest', code(backup.manifestSha256, 'could not be read')],
    ['Manifest signed by', code(keys.manifestSigner, 'no known key')],
    ['Encrypted to', keys.recipients.map(key => html`<code>${key}</code><br>`)]
  ])

const drillFacts = ({ where, tool, worker, startedBy, requestId, policy }: Evidence) =>
  facts([
    ['Started by', startedBy],
    ['Policy', policy ? policy.name : 'none'],
    ['Request', requestId ?? '–'],
    [
      'Restored to',
      `${where.kind === 'scratch' ? 'Throw-away cluster' : 'Staging server'}, ${where.serverVersion ? `PostgreSQL ${where.serverVersion}` : 'not reached'}`
    ],
    ['Client programs', tool.clients.join(', ') || '–'],
    ['Tool', `${tool.name} ${tool.version}, Node ${tool.node}`],
    ['Worker', worker]
  ])

const code = (text: string | null, otherwise: string) =>
  text === null ? otherwise : html`<code>${text}</code>`
