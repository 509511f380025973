import { cpus, totalmem } from 'node:os'
import type { Measured } from './measure.ts'
import { median, spread } from './statistics.ts'

const mb = (bytes: number) => (bytes / 1e6).toFixed(0)

/** A Markdown table; ratios are medians of the rounds' ratios. */
export function markdownTable(measured: Measured[]): string {
  const rows = measured.map(({ name, usages, ratios }) => {
    const bytes = usages[0]!.bytes
    return [
      name.replaceAll('|', '\\|'),
      spread(usages.map(usage => usage.seconds)),
      spread(usages.map(usage => usage.cpu)),
      bytes ? mb(bytes) : '–',
      spread(ratios, 2)
    ]
  })
  const header = ['way', 'wall s (min–max)', 'client CPU s', 'MB stored', 'ratio to the limit']
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** What a reader must know of the machine. */
export function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model ?? 'CPU'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux, Node ${process.version}`
}

const BAR = 22
const LEFT = 330
const SCALE = 560

/** Horizontal bars of the median wall times, with a whisker from the fastest to the slowest round. */
export function svgChart(title: string, measured: Measured[]): string {
  const longest = Math.max(...measured.flatMap(({ usages }) => usages.map(usage => usage.seconds)))
  const x = (seconds: number) => LEFT + (seconds / longest) * SCALE
  const bars = measured.map(({ name, usages, limit }, i) => {
    const seconds = usages.map(usage => usage.seconds)
    const y = 50 + i * (BAR + 14)
    const middle = median(seconds)
    const fill = limit ? '#9aa5b1' : name.startsWith('ours') ? '#2f7d5b' : '#c9803a'
    return `  <text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${xml(name)}</text>
  <rect x="${LEFT}" y="${y}" width="${(x(middle) - LEFT).toFixed(1)}" height="${BAR}" fill="${fill}"/>
  <line x1="${x(Math.min(...seconds)).toFixed(1)}" x2="${x(Math.max(...seconds)).toFixed(1)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}" stroke="#222"/>
  <text x="${(x(Math.max(...seconds)) + 6).toFixed(1)}" y="${y + 15}">${middle.toFixed(1)} s</text>`
  })
  const height = 60 + measured.length * (BAR + 14)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + SCALE + 80} ${height}" font-family="sans-serif" font-size="13">
  <title>${xml(title)}</title>
  <rect width="100%" height="100%" fill="#fff"/>
  <text x="16" y="28" font-size="16" font-weight="bold">${xml(title)}</text>
${bars.join('\n')}
</svg>
`
}

const xml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
