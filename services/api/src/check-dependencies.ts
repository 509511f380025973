import { within } from './timeouts.ts'

type Name = 'db' | 'redis'
type State = 'up' | 'down'
type Check = (timeoutMs: number) => Promise<unknown>

const FRESH_MS = 1_000

/** Asks both at once and tells which is down and why. Answers younger than a second are given again: the route is public. */
export function checkDependencies(checks: Record<Name, Check>) {
  const ask = { db: remembered('db', checks.db), redis: remembered('redis', checks.redis) }
  return async (timeoutMs: number) => {
    const [db, redis] = await Promise.all([ask.db(timeoutMs), ask.redis(timeoutMs)])
    const problems: { dependency: Name; reason: string }[] = []
    if (db !== undefined) problems.push({ dependency: 'db', reason: db })
    if (redis !== undefined) problems.push({ dependency: 'redis', reason: redis })
    return { db: stateOf(db), redis: stateOf(redis), problems }
  }
}

const stateOf = (reason: string | undefined): State => (reason === undefined ? 'up' : 'down')

function remembered(name: string, check: Check) {
  let last: { at: number; timeoutMs: number; reason: Promise<string | undefined> } | undefined
  return (timeoutMs: number) => {
    if (last && Date.now() - last.at < FRESH_MS && last.timeoutMs >= timeoutMs) return last.reason
    const reason = within(timeoutMs, check(timeoutMs), name).then(() => undefined, reasonOf)
    last = { at: Date.now(), timeoutMs, reason }
    return reason
  }
}

/** Codes and own words only: a driver's message may name hosts and users, and everyone may read this. */
function reasonOf(error: unknown): string {
  const {
    code,
    cause,
    message = ''
  } = error as { code?: unknown; cause?: unknown; message?: string }
  if (cause !== undefined) return reasonOf(cause)
  if (message.includes('did not answer within')) return 'no answer in time'
  return typeof code === 'string' ? code : 'cannot be reached'
}
