import type { Lock, Objectives, PolicySpec, Retention } from './policy.ts'

interface Profile {
  retention: Retention
  lock: Lock
  objectives: Partial<Objectives>
}

/**
 * `health-data`: every backup for 30 days, then one a month and one a year for seven years, locked, read and restored every
 * month. The lock is `governance`: it stands against our own key, a stolen one and mistakes, yet an administrator with
 * the right to bypass it can still correct a rule or obey an order to erase. `compliance` would bind everybody, the owner of
 * the account too, for seven years: whoever must have it says so. RPO and RTO are left out: they follow from the schedules and
 * the size of the data, which no profile knows.
 */
const profiles: Record<NonNullable<PolicySpec['profile']>, Profile> = {
  'health-data': {
    retention: { within: '30d', monthly: 84, yearly: 7, minimumRedundancy: 2 },
    lock: { mode: 'governance' },
    objectives: { verifyDays: 30, drillDays: 31 }
  }
}

/** Anything but an object stays what it is, so that the schema can refuse it. */
const fill = (defaults: object, sent: unknown) =>
  sent === undefined || (typeof sent === 'object' && sent !== null && !Array.isArray(sent))
    ? { ...defaults, ...sent }
    : sent

/**
 * A policy's spec as it was sent, with what its profile says in place of what was left out, field by field. To be called
 * before the schema's own defaults are filled in, which could not be told from what somebody sent.
 */
export function applyProfile(sent: Record<string, unknown>): Record<string, unknown> {
  if (typeof sent.profile !== 'string' || !Object.hasOwn(profiles, sent.profile)) return sent
  const { retention, lock, objectives } = profiles[sent.profile as keyof typeof profiles]
  return {
    ...sent,
    retention: fill(retention, sent.retention),
    lock: fill(lock, sent.lock),
    objectives: fill(objectives, sent.objectives)
  }
}
