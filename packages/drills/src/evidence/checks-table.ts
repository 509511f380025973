import { html, type Markup } from './markup.ts'
import { badge } from './page.ts'
import type { EvidenceCheck } from './record.ts'
import { duration } from './wording.ts'

/** Every check with what it asked, what was expected and what it found. */
export const checksTable = (checks: EvidenceCheck[]): Markup =>
  checks.length === 0
    ? html`<p>No check was made.</p>`
    : html`
<table>
<thead><tr><th scope="col">Check</th><th scope="col" class="short">Outcome</th><th scope="col">Expected</th><th scope="col">Actual</th><th scope="col" class="n">Time</th></tr></thead>
${checks.map(checkRows)}
</table>`

function checkRows(check: EvidenceCheck) {
  const { kind, name, outcome, expected, actual, seconds } = check
  const more = [query(check), details(check), error(check)].filter(part => part !== null)
  return html`<tbody class="whole">
<tr class="${more.length > 0 ? 'headed' : ''}"><td><strong>${name}</strong>${name === kind ? null : html`<br><small>${kind}</small>`}</td><td>${badge(outcome)}</td><td>${expected || '–'}</td><td>${actual || '–'}</td><td class="n">${duration(seconds)}</td></tr>
${more.length > 0 ? html`<tr class="more"><td colspan="5">${more}</td></tr>` : null}
</tbody>`
}

const query = ({ query }: EvidenceCheck) => (query === undefined ? null : html`<pre>${query}</pre>`)

const details = ({ details = [] }: EvidenceCheck) =>
  details.length === 0 ? null : html`<pre>${details.join('\n')}</pre>`

const error = ({ error }: EvidenceCheck) =>
  error === undefined
    ? null
    : html`<p><strong>${error.code}</strong> ${error.message}<br><small>${error.hint}</small></p>`
