import { Cron } from 'croner'
import { offsetsAround, readWall, type Wall } from './wall-clock.ts'

const HOUR = 3_600_000

/** Counting further says nothing new. */
const MOST_COUNTED = 10_000

/** First occurrence strictly after `after`; undefined where there is none. */
export function nextOccurrence(cron: string, timeZone: string, after: Date): Date | undefined {
  return toDate(occurrencesOf(cron, timeZone)(after.getTime(), 1))
}

/** Newest occurrence at or before `at`; undefined where there is none. */
export function previousOccurrence(cron: string, timeZone: string, at: Date): Date | undefined {
  return toDate(occurrencesOf(cron, timeZone)(at.getTime() + 1, -1))
}

/** The newest occurrence in (since, at], found directly, and how many there are, counted backwards to 10,000 at most. */
export function occurrencesBetween(
  cron: string,
  timeZone: string,
  since: Date,
  at: Date
): { latest: Date | undefined; count: number } {
  const nearest = occurrencesOf(cron, timeZone)
  const latest = nearest(at.getTime() + 1, -1)
  if (latest === undefined || latest <= since.getTime()) return { latest: undefined, count: 0 }
  let count = 0
  let instant: number | undefined = latest
  while (instant !== undefined && instant > since.getTime() && count < MOST_COUNTED) {
    count += 1
    instant = nearest(instant, -1)
  }
  return { latest: new Date(latest), count }
}

/**
 * The occurrence that is nearest to an instant, strictly after (1) or before (-1) it. croner finds the wall times, as if
 * in UTC; how they become instants is decided here, because croner leaves out some that fall into a gap:
 * - a time that does not exist happens once, later by as much as the clocks were put forward, and is one with the
 *   occurrence that the cron has there, if any;
 * - a time that comes twice happens the first time only, unless the cron also has the hour before or after it: what
 *   comes hourly or more often goes on in real time.
 */
function occurrencesOf(cron: string, timeZone: string) {
  const walls = new Cron(cron, { mode: '5-part', utcOffset: 0 })
  return nearest

  function nearest(from: number, direction: 1 | -1): number | undefined {
    const { lowest, highest } = offsetsAround(timeZone, from)
    let best: number | undefined
    let wall = nextWall(from + (direction === 1 ? lowest : highest), direction)
    while (wall !== undefined) {
      const { instants, first, last } = readWall(timeZone, wall)
      const happens = instants.length === 1 || isHourly(wall) ? instants : instants.slice(0, 1)
      for (const instant of happens) {
        if ((instant - from) * direction <= 0) continue
        if (best === undefined || (best - instant) * direction > 0) best = instant
      }
      const bound = direction === 1 ? first : last
      if (best !== undefined && (bound - best) * direction >= 0) break
      wall = nextWall(wall, direction)
    }
    return best
  }

  function nextWall(from: Wall, direction: 1 | -1): Wall | undefined {
    const start = new Date(from)
    const found = direction === 1 ? walls.nextRun(start) : walls.previousRuns(1, start)[0]
    return found?.getTime()
  }

  function isHourly(wall: Wall): boolean {
    return [wall - HOUR, wall + HOUR].some(other => walls.match(new Date(other)))
  }
}

function toDate(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant)
}
