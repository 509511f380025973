import { cut } from './cut.ts'

const MAX_LINES = 50
const MAX_LENGTH = 500

/** As many lines as evidence holds, none of them long; the last one says how many are left out. */
export function details(lines: string[]): string[] {
  const kept = lines.length > MAX_LINES ? lines.slice(0, MAX_LINES - 1) : lines
  const left = lines.length - kept.length
  const short = kept.map(line => cut(line, MAX_LENGTH))
  return left > 0 ? [...short, `… and ${left} more`] : short
}

export const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`
