import { styleText } from 'node:util'
import type { Json } from '@resguardo/api-client'

const isTerminal = process.stdout.isTTY === true
export const say = (text = '') => process.stdout.write(`${text}\n`)
export const bold = (text: string) => (isTerminal ? styleText('bold', text) : text)
export const green = (text: string) => (isTerminal ? styleText('green', text) : text)

export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

/** A line that shows a run's phase and progress; rewritten in place on a terminal, a line a phase elsewhere. */
export function progressLine(label: string) {
  let last = ''
  return {
    show({ phase, progress, status }: Json) {
      const done = progress?.total ? Math.min(1, progress.done / progress.total) : 0
      const bar = `${'█'.repeat(Math.round(done * 24))}${'·'.repeat(24 - Math.round(done * 24))}`
      const rate = progress?.rate ? ` ${megabytes(progress.rate)}/s` : ''
      const eta =
        progress?.etaSeconds != null && status === 'running' ? ` ETA ${progress.etaSeconds} s` : ''
      const line = `  ${label} ${bar} ${String(Math.round(done * 100)).padStart(3)}% ${phase ?? status}${rate}${eta}`
      if (isTerminal) process.stdout.write(`\r\x1b[K${line}`)
      else if (last !== (phase ?? status)) say(line)
      last = phase ?? status
    },
    end() {
      if (isTerminal) process.stdout.write('\r\x1b[K')
    }
  }
}

/** Rows as an aligned table, numbers to the right. */
export function table(header: string[], rows: string[][]) {
  const width = header.map((_, i) => Math.max(...[header, ...rows].map(row => row[i]!.length)))
  const line = (row: string[]) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(width[i]!) : cell.padStart(width[i]!))).join('  ')}`
  say(bold(line(header)))
  for (const row of rows) say(line(row))
}
