const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A moment, and what clocks of a time zone show then as if that were UTC; both in ms. */
export interface Moment {
  utc: number
  local: number
}

/** How moments fall into the hours, days … of a time zone. */
export interface Calendar {
  /** Number of the period, greater for a later one. Days, weeks … go by what the clock shows. */
  number(moment: Moment): number
  label(local: number): string
  /** No period is as long, in ms. */
  longest: number
}

const iso = (local: number) => new Date(local).toISOString()
const dayOf = (local: number) => Math.floor(local / DAY)

/** `2026-W47`: the ISO week belongs to the year of its Thursday. */
function isoWeek(local: number): string {
  const daysFromMonday = (new Date(local).getUTCDay() + 6) % 7
  const thursday = new Date(local + (3 - daysFromMonday) * DAY)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0)) / (7 * DAY)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

export const calendars = {
  hourly: {
    // Not by the clock alone: the hour that comes twice when clocks go back is two hours.
    number: ({ utc, local }) => Math.floor((utc + ((local - utc) % HOUR)) / HOUR),
    label: local => `${iso(local).slice(0, 13).replace('T', ' ')}:00`,
    longest: 2 * HOUR
  },
  daily: {
    number: ({ local }) => dayOf(local),
    label: local => iso(local).slice(0, 10),
    longest: 3 * DAY
  },
  weekly: {
    // 1970-01-01 was a Thursday.
    number: ({ local }) => Math.floor((dayOf(local) + 3) / 7),
    label: isoWeek,
    longest: 9 * DAY
  },
  monthly: {
    number: ({ local }) => new Date(local).getUTCFullYear() * 12 + new Date(local).getUTCMonth(),
    label: local => iso(local).slice(0, 7),
    longest: 33 * DAY
  },
  yearly: {
    number: ({ local }) => new Date(local).getUTCFullYear(),
    label: local => iso(local).slice(0, 4),
    longest: 368 * DAY
  }
} satisfies Record<string, Calendar>

export type CalendarRule = keyof typeof calendars
export const calendarRules = Object.keys(calendars) as CalendarRule[]

/** Reads the clocks of a time zone. Make one for many moments: the formatter is costly. */
export function clockOf(timeZone: string): (at: Date) => Moment {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  return at => {
    const [month, day, year, hour, minute, second] = format.format(at).match(/\d+/g)!.map(Number)
    const local = Date.UTC(year!, month! - 1, day, hour, minute, second, at.getUTCMilliseconds())
    return { utc: at.getTime(), local }
  }
}

/** First whole second after `at` that is in another period; searched, as clocks are put forward and back. */
export function endOfPeriod(at: Date, calendar: Calendar, clock: (at: Date) => Moment): Date {
  const numberAt = (second: number) => calendar.number(clock(new Date(second * 1000)))
  const own = calendar.number(clock(at))
  let within = Math.floor(at.getTime() / 1000)
  let beyond = within + calendar.longest / 1000
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (numberAt(middle) === own) within = middle
    else beyond = middle
  }
  return new Date(beyond * 1000)
}
