import { nextOccurrence } from './occurrences.ts'
import { isTimeZone } from './wall-clock.ts'

/** Crons repeat after 400 years, so any start shows whether there is an occurrence. */
const ANY_TIME = new Date('2000-01-01T00:00:00Z')

/**
 * Message for a user, or undefined where cron and zone are valid. Five fields only: no seconds, no years, no nicknames.
 * A cron that never occurs (30 February) and a zone that is only an offset are refused.
 */
export function cronProblem(cron: string, timeZone: string): string | undefined {
  if (!isTimeZone(timeZone))
    return `Time zone "${timeZone}" is not known; give one like Europe/Berlin`
  if (cron.trim().split(/\s+/).length !== 5)
    return `Cron "${cron}" needs five fields: minute, hour, day of month, month, day of week`
  try {
    return nextOccurrence(cron, timeZone, ANY_TIME) ? undefined : `Cron "${cron}" never occurs`
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: (Syntax error, )?/, '')
    return `Cron "${cron}" is not valid: ${reason}`
  }
}
