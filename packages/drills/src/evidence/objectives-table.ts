import { html } from './markup.ts'
import { badge } from './page.ts'
import type { Measured } from './record.ts'
import { duration } from './wording.ts'

/** Measured times beside what the policy wants. */
export const objectivesTable = (measured: Measured) => html`
<table class="whole">
<thead><tr><th scope="col">Objective</th><th scope="col" class="n">Measured</th><th scope="col" class="n">At most</th><th scope="col" class="short">Result</th></tr></thead>
<tbody>
<tr><td>Recovery time (RTO)<br><small>from the first byte read until the database was complete</small></td>${times(measured.restoreSeconds, measured.rtoObjectiveSeconds, measured.rtoMet)}</tr>
<tr><td>Recovery point (RPO)<br><small>oldest that this data became while the backup was the newest one</small></td>${times(measured.rpoSeconds, measured.rpoObjectiveSeconds, measured.rpoMet)}</tr>
<tr><td>Age of the data when the drill began<br><small>for information: a drill may restore an old backup on purpose</small></td>${times(measured.dataAgeSeconds, null, null)}</tr>
</tbody>
</table>`

const times = (measured: number | null, objective: number | null, isMet: boolean | null) =>
  html`<td class="n">${measured === null ? 'not measured' : exact(measured)}</td><td class="n">${objective === null ? '–' : duration(objective)}</td><td>${isMet === null ? '–' : badge(isMet ? 'met' : 'missed')}</td>`

const exact = (seconds: number) =>
  seconds < 60
    ? duration(seconds)
    : html`${duration(seconds)}<br><small>${seconds.toFixed(1)} s</small>`
