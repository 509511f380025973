const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time for people, rounded down: `45 min`, `26 h`, `3 days`. */
export function span(ms: number): string {
  if (ms < 2 * HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < 3 * DAY) return `${Math.floor(ms / HOUR)} h`
  return `${Math.floor(ms / DAY)} days`
}

export const counted = (count: number, noun: string) =>
  count === 1 ? `1 ${noun}` : `${count} ${noun}s`
