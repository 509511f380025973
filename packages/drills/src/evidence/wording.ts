/** In the order of their size; days are spoken of from three on, as in "26 h". */
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1]
] as const

/** A length of time for people, in two units at most: `3 d 4 h`, `26 h`, `4 min 12 s`, `2.5 s`. */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.05) return '< 0.1 s'
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`
  const whole = Math.round(seconds)
  const at = UNITS.findIndex(([unit, size]) => whole >= (unit === 'd' ? 3 * size : size))
  const [unit, size] = UNITS[at]!
  const [smallerUnit, smallerSize] = UNITS[at + 1]!
  const rest = Math.floor((whole % size) / smallerSize)
  return `${Math.floor(whole / size)} ${unit}${rest > 0 ? ` ${rest} ${smallerUnit}` : ''}`
}

export const count = (value: number) => value.toLocaleString('en-US')

/** `4.83 GB`, decimal as disks and stores are sold. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB']
  const power = bytes < 1_000 ? 0 : Math.min(5, Math.floor(Math.log10(bytes) / 3))
  return `${Number((bytes / 1_000 ** power).toPrecision(3))} ${units[power]}`
}

/** `2026-11-20 02:00:00 UTC` of an ISO time in UTC. */
export const moment = (iso: string) => `${day(iso)} ${iso.slice(11, 19)} UTC`

export const day = (iso: string) => iso.slice(0, 10)

/** Of a period whose end is not part of it: one that ends at midnight ends on the day before. */
export const lastDay = (end: string) => day(new Date(Date.parse(end) - 1).toISOString())
