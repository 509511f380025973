import type { CheckOf, DrillCheck } from '@resguardo/domain'
import type { ClientPrograms, PgTarget } from '@resguardo/pg-tools'
import type { Manifest } from '@resguardo/repository'

/** The restored database, opened for a program that is not ours, for a bounded time. */
export interface Exposed {
  /** `postgresql://…`, with a password that is good until `close`. */
  url: string
  /** DATABASE_URL and the `PG*` variables. */
  env: Record<string, string>
  close(): Promise<void>
}

export interface CheckContext {
  /** The restored database, with the rights of its owner or more. */
  database: PgTarget
  /** Of the backup, as read from the repository and verified. */
  manifest: Manifest
  /** What the restore and its tools warned of, one line each. */
  warnings: string[]
  clients: ClientPrograms[]
  /** Connections at once. */
  jobs: number
  signal: AbortSignal
  /** Directory of the programs that checks may start; undefined: none may. */
  programsDir: string | undefined
  /** Opens the database on a loopback port with a one-time role and password. */
  expose(): Promise<Exposed>
}

/** What a check found. `expected` and `actual` are for people; `details` holds at most 50 lines. */
export interface CheckFinding {
  passed: boolean
  expected: string
  actual: string
  query?: string
  details?: string[]
  /** Exactly, of the whole database, by the check itself. */
  counted?: { tables: number; rows: number }
}

/**
 * One kind of check. Returning `passed: false` says that the backup is bad; throwing says that the check could not be made
 * (a wrong query, no program, an abort): the two are never mixed.
 */
export interface Check<K extends DrillCheck['kind']> {
  kind: K
  run(context: CheckContext, check: CheckOf<K>): Promise<CheckFinding>
}

export const defineCheck = <K extends DrillCheck['kind']>(check: Check<K>) => check
