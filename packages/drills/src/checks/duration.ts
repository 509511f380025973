import { periodMs } from '@resguardo/domain'

const MINUTE = 60_000

/** Milliseconds of '90m', '26h', '30d', '8w', '1y'. */
export const durationMs = (text: string) =>
  text.endsWith('m') ? Number.parseInt(text, 10) * MINUTE : periodMs(text)

/** `3.5 h`; for an age at the moment of the backup, which may be negative. */
export const inHours = (ms: number) => `${(ms / (60 * MINUTE)).toFixed(1)} h`
