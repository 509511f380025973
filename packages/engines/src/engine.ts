import type { RestoreFacts, RestorePlan } from '@resguardo/domain'
import type { ClientPrograms, PgTarget } from '@resguardo/pg-tools'
import type { Manifest, Repository } from '@resguardo/repository'
import type { Static, TSchema } from 'typebox'
import type { FairSlots } from './fair-slots.ts'

/** Where a run reports to. `phase` may throw RUN_FENCED: the engine then stops. */
export interface Reporter {
  phase(name: string): Promise<void>
  /** `total` null where it is not known. */
  progress(doneBytes: number, totalBytes: number | null): void
}

export interface BackupContext<O> {
  source: { name: string; target: PgTarget }
  backupId: string
  name: string | null
  labels: Record<string, string>
  options: O
  repository: Repository
  clients: ClientPrograms[]
  /** Streams at once, shared by the runs of this worker. */
  slots: FairSlots
  report: Reporter
  signal: AbortSignal
}

export interface RestoreOptions {
  missingRoles: RestoreFacts['options']['missingRoles']
  /** `new`: the database must not exist. `swap`: it is kept under a dated name. */
  mode: RestoreFacts['options']['mode']
  /** Streams, indexes and checks at once; left out: half of the worker's cores, at least 2. */
  jobs?: number | undefined
  /** For building indexes, in MiB and job. */
  maintenanceWorkMemMb?: number | undefined
  /** Compare contents too where the backup has content hashes. `none`: whoever calls does it; no statistics either. */
  verify?: 'none' | 'counts' | 'content' | undefined
  /** Only these schemas, and tables as schema.table. */
  schemas?: string[] | undefined
  tables?: string[] | undefined
  /** Everything goes into the default tablespace. */
  noTablespaces?: boolean | undefined
  /** Leave out what lets the database log in elsewhere: user mappings of foreign servers. */
  isolated?: boolean | undefined
  /** The whole server is ours and is thrown away after this: rows need no WAL. */
  disposable?: boolean | undefined
}

export interface RestoreContext {
  restoreId: string
  /** When the restore was asked for; a replaced database is named for it. */
  requestedAt: Date
  manifest: Manifest
  repository: Repository
  /** The server; `database` is the one to create. */
  target: PgTarget
  options: RestoreOptions
  clients: ClientPrograms[]
  slots: FairSlots
  /** Directory for what a tool demands as a file. */
  spoolDir: string
  /** The worker: what it leaves there when it dies is removed by name. */
  owner: string
  measuredRate: number | null
  report: Reporter
  signal: AbortSignal
  /** Hears what pg_restore warns of, line by line. */
  onWarning?: (line: string) => void
}

export type ContentsContext = Pick<RestoreContext, 'manifest' | 'repository' | 'clients' | 'signal'>

export interface RestoreResult {
  database: string
  /** Name under which the database that was there before is kept. */
  replaced: string | null
  tables: number
  rows: number
  plainBytes: number
  seconds: number
  phases: Record<string, number>
}

/**
 * One kind of backup. `backup` stores every object and returns the manifest **without** committing it: the caller commits,
 * under its fence. `restore` leaves the target as it was unless it succeeds.
 */
export interface Engine<S extends TSchema = TSchema> {
  kind: string
  options: S
  backup(context: BackupContext<Static<S>>): Promise<Manifest>
  plan(context: RestoreContext): Promise<RestorePlan>
  restore(context: RestoreContext, plan: RestorePlan): Promise<RestoreResult>
  /** Opens what the backup has for a table of contents and reads it. @throws OBJECT_DAMAGED where it is none */
  readContents(context: ContentsContext): Promise<void>
  /** Gives a replaced database its name back; the restored one gets the name that is returned. */
  undo(target: PgTarget, replaced: string, requestedAt: Date): Promise<string>
  /** Drops a database that was kept. Its sessions are ended; one that is gone is no error. */
  dropKept(target: PgTarget, name: string): Promise<void>
}

export const defineEngine = <S extends TSchema>(engine: Engine<S>) => engine
