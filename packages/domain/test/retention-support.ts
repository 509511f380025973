import type { Retention } from '../src/policy.ts'
import type { RetentionBackup } from '../src/retention/backup.ts'
import { decideRetention } from '../src/retention/decide-retention.ts'

export type Context = { timeZone: string; now: Date }

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** Zones with clock changes at midnight and at night, with half and quarter hours, and far from UTC. */
export const zones = [
  'UTC',
  'America/Sao_Paulo',
  'America/Havana',
  'America/St_Johns',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Pacific/Auckland',
  'Pacific/Kiritimati'
]

/** A good backup that nothing protects; its id is its time unless another is given. */
export function backup(at: string | Date, change: Partial<RetentionBackup> = {}): RetentionBackup {
  return {
    id: typeof at === 'string' ? at : at.toISOString(),
    kind: 'logical',
    repositoryId: 'main',
    at: new Date(at),
    state: 'available',
    keepUntil: null,
    hold: null,
    lockedUntil: null,
    parent: null,
    inUse: false,
    ...change
  }
}

/** What is there after a retention run. */
export function survivors(backups: RetentionBackup[], rules: Retention, context: Context) {
  const removed = new Set(
    decideRetention(backups, rules, context)
      .filter(({ action }) => action === 'remove')
      .map(({ id }) => id)
  )
  return backups.filter(({ id }) => !removed.has(id))
}

export const idsOf = (backups: Iterable<{ id: string }>) => [...backups].map(({ id }) => id).sort()

/** Same numbers for the same seed, in [0, 1) (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
