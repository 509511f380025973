import { html, type Markup } from './markup.ts'
import type { Evidence } from './record.ts'
import { duration, moment } from './wording.ts'

/** The phases in their order, each with its share of the whole time. */
export function timelineTable(timeline: Evidence['timeline']): Markup {
  const total = timeline.reduce((sum, { seconds }) => sum + seconds, 0)
  const width = (seconds: number) => (total > 0 ? (100 * seconds) / total : 0).toFixed(1)
  if (timeline.length === 0) return html`<p>No phase was begun.</p>`
  return html`
<table class="whole">
<thead><tr><th scope="col">Phase</th><th scope="col">Began</th><th scope="col" class="n">Took</th><th scope="col">Share of the time</th></tr></thead>
<tbody>${timeline.map(
    ({ phase, startedAt, seconds }) =>
      html`<tr><td>${phase}</td><td>${moment(startedAt)}</td><td class="n">${duration(seconds)}</td><td><span class="bar" style="width:${width(seconds)}%"></span></td></tr>`
  )}</tbody>
<tfoot><tr><th scope="row">Together</th><td></td><td class="n">${duration(total)}</td><td></td></tr></tfoot>
</table>`
}
