const HOUR = 3_600_000
const units: Record<string, number> = { h: HOUR, d: 24 * HOUR, w: 168 * HOUR, y: 366 * 24 * HOUR }

/** Milliseconds of '30d', '36h', '8w', '7y'. A year is 366 days, so that none is cut short. */
export function periodMs(text: string): number {
  const [, count, unit] = /^(\d+)([hdwy])$/.exec(text) ?? []
  // Never NaN: no time is after it, so a rule would let everything go.
  if (!count || !unit) throw new RangeError(`${JSON.stringify(text)} is not a period like 30d`)
  return Number(count) * units[unit]!
}
