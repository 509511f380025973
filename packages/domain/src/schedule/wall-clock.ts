/**
 * Local time as a number: the milliseconds that a clock on the wall would count if it stood in UTC. The zones' rules are
 * those of Intl, so of the runtime's own copy of the IANA data.
 */
export type Wall = number

const DAY = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

export function isTimeZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** How far local time is ahead of UTC at an instant, in ms. */
export function offsetAt(timeZone: string, instant: number): number {
  const name = formatOf(timeZone)
    .formatToParts(instant)
    .find(({ type }) => type === 'timeZoneName')!.value
  const [, sign, hours, minutes, seconds] =
    /^GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(name) ?? []
  if (!sign) return 0
  const size = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds ?? 0) * 1_000
  return sign === '-' ? -size : size
}

/** The lowest and the highest offset a day before and after a time, whether an instant or a wall time: a change shows. */
export function offsetsAround(timeZone: string, time: number): { lowest: number; highest: number } {
  const before = offsetAt(timeZone, time - DAY)
  const after = offsetAt(timeZone, time + DAY)
  return { lowest: Math.min(before, after), highest: Math.max(before, after) }
}

/**
 * The instants at which clocks of the zone show a wall time, the earlier first: two where clocks were put back. A time
 * that does not exist because clocks were put forward is read as if they had not been yet, so 02:30 is 03:30. `first`
 * and `last` are the earliest and the latest reading by any offset: later walls come after `first`, earlier ones
 * before `last`.
 */
export function readWall(
  timeZone: string,
  wall: Wall
): { instants: number[]; first: number; last: number } {
  const { lowest, highest } = offsetsAround(timeZone, wall)
  const first = wall - highest
  const last = wall - lowest
  if (first === last) return { instants: [first], first, last }
  const shown = [first, last].filter(instant => instant + offsetAt(timeZone, instant) === wall)
  return { instants: shown.length > 0 ? shown : [last], first, last }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    formats.set(timeZone, format)
  }
  return format
}
