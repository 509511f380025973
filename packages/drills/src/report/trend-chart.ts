import { html, type Markup } from '../evidence/markup.ts'
import { day, duration, lastDay } from '../evidence/wording.ts'
import type { DrillReport, PolicyCoverage, RestorePoint } from './schema.ts'

const [WIDTH, HEIGHT] = [340, 150]
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 8, 14, 20]

/** Round lengths of time between two lines of the grid. */
const STEPS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600,
  43_200, 86_400
]

/** An objective that is further above the longest restore than so many times would press the line to the ground. */
const OFF_SCALE = 4

/** Restore times of a period as a line, against the objective. */
export function trendChart(policy: PolicyCoverage, period: DrillReport['period']): Markup {
  const { restores, worstRestoreSeconds, rtoObjectiveSeconds: objective } = policy
  if (worstRestoreSeconds === null) return html`<p class="note">No restore was measured.</p>`
  const isDrawn = objective !== null && objective <= OFF_SCALE * worstRestoreSeconds
  const { step, top } = scaleOf(Math.max(worstRestoreSeconds, isDrawn ? objective : 0))
  const y = (seconds: number) => round(HEIGHT - BOTTOM - (seconds / top) * (HEIGHT - TOP - BOTTOM))
  const x = timeAxis(period)
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
  const line = restores.map(({ at, restoreSeconds }) => `${x(at)},${y(restoreSeconds)}`).join(' ')
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Restore times of ${policy.name}">
${ticks.map(tick => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" stroke="#dde2e9"/><text x="${LEFT - 5}" y="${y(tick) + 3}" text-anchor="end">${duration(tick)}</text>`)}
<text x="${LEFT}" y="${HEIGHT - 6}">${day(period.from)}</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">${lastDay(period.to)}</text>
${isDrawn ? html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(objective)}" y2="${y(objective)}" stroke="#9b1c14" stroke-dasharray="5 3"/>` : null}
<polyline points="${line}" fill="none" stroke="#1f3a5f" stroke-width="1.5"/>
${restores.map(point => dot(point, x(point.at), y(point.restoreSeconds)))}
</svg>
<p class="note">${objective === null ? 'No objective' : isDrawn ? `Dashed: the objective, ${duration(objective)}` : `The objective, ${duration(objective)}, is far above the scale`}</p>`
}

/** A missed objective is a square, so that it is seen without colours. */
const dot = ({ at, restoreSeconds, rtoMet }: RestorePoint, x: number, y: number) =>
  rtoMet === false
    ? html`<rect x="${round(x - 3)}" y="${round(y - 3)}" width="6" height="6" fill="#9b1c14"><title>${day(at)}: ${duration(restoreSeconds)}, missed</title></rect>`
    : html`<circle cx="${x}" cy="${y}" r="2.8" fill="#1f3a5f"><title>${day(at)}: ${duration(restoreSeconds)}</title></circle>`

/** At most five lines, at round times. */
function scaleOf(longest: number): { step: number; top: number } {
  const step = STEPS.find(each => each * 4 >= longest) ?? 86_400 * Math.ceil(longest / 4 / 86_400)
  return { step, top: step * Math.max(1, Math.ceil(longest / step)) }
}

function timeAxis({ from, to }: DrillReport['period']) {
  const [start, end] = [Date.parse(from), Date.parse(to)]
  const perMs = (WIDTH - LEFT - RIGHT) / Math.max(1, end - start)
  return (at: string) => round(LEFT + (Date.parse(at) - start) * perMs)
}

const round = (value: number) => Number(value.toFixed(1))
