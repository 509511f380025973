import type { PgTarget } from '@resguardo/pg-tools'
import type { Exposed } from './check.ts'

/** Where a drill restores to, and what is left of it when it is over: nothing. */
export interface Place {
  kind: 'scratch' | 'staging'
  /** The server; `database` is the one to create. */
  target: PgTarget
  serverVersion: string
  /** For building indexes; undefined: what every restore takes. */
  maintenanceWorkMemMb?: number
  expose(): Promise<Exposed>
  /** What the server warned of so far, where it is ours. */
  warnings(): Promise<string[]>
  /** Last lines of the server's own log, where it is ours. */
  logTail(): Promise<string[]>
  /** Removes the database, and the server where it is ours. */
  leave(): Promise<void>
}
