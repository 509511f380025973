import type { Schedule } from '../policy.ts'
import { nextOccurrence } from './occurrences.ts'

const MINUTE = 60_000

/**
 * When an occurrence is due: later than itself by a jitter in [0, jitterSeconds] that is always the same for the same
 * seed, and by a minute at least before the next occurrence, so that jitter alone makes none be missed.
 */
export function dueTime(
  { cron, jitterSeconds }: Pick<Schedule, 'cron' | 'jitterSeconds'>,
  timeZone: string,
  occurrence: Date,
  seed: string
): Date {
  if (jitterSeconds === 0) return occurrence
  const next = nextOccurrence(cron, timeZone, occurrence)
  const room = next ? (next.getTime() - occurrence.getTime() - MINUTE) / 1_000 : jitterSeconds
  const most = Math.min(jitterSeconds, Math.floor(room))
  const seconds = fnv1a(`${seed} ${occurrence.toISOString()}`) % (most + 1)
  return new Date(occurrence.getTime() + seconds * 1_000)
}

/** @see http://www.isthe.com/chongo/tech/comp/fnv/ (32 bits; over UTF-16 units instead of bytes) */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1)
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0
  return hash
}
