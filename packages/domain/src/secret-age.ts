/** An entry of the register of secrets: names and dates, never values. */
export interface RegisteredSecret {
  name: string
  owner: string
  rotatedAt: Date
  rotateDays: number
}

export interface SecretAge {
  name: string
  owner: string
  dueAt: Date
  state: 'ok' | 'soon' | 'due'
}

const DAY = 86_400_000
const SOON_DAYS = 14

/** When a secret is to be replaced: `due` from that moment on, `soon` in the 14 days before. */
export function secretAge(
  { name, owner, rotatedAt, rotateDays }: RegisteredSecret,
  now: Date
): SecretAge {
  const dueAt = new Date(rotatedAt.getTime() + rotateDays * DAY)
  const left = dueAt.getTime() - now.getTime()
  const state = left <= 0 ? 'due' : left <= SOON_DAYS * DAY ? 'soon' : 'ok'
  return { name, owner, dueAt, state }
}
