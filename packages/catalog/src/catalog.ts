import type { Progress, RunError, RunKind, RunStatus } from '@resguardo/domain'

/** A page of a list, newest first (names: alphabetical). `cursor` is opaque and undefined on the last page. */
export interface Page<T> {
  items: T[]
  nextCursor: string | undefined
}
export interface PageQuery {
  limit: number
  cursor?: string | undefined
}

export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

/** Where a PostgreSQL database is. The password is kept apart, sealed. */
export interface SourceConnection {
  host: string
  port: number
  database: string
  user: string
  sslMode: SslMode
  /** PEM of the CA for verify-ca and verify-full. */
  sslRootCert?: string
}

/**
 * A credential as it is handed in: the value itself (sealed before it is stored), or where the worker finds it.
 * Only `readSecret` gives the value back.
 */
export type SecretInput = { value: string } | { env: string } | { file: string }

export interface Source {
  id: string
  name: string
  kind: 'postgresql'
  connection: SourceConnection
  hasSecret: boolean
  createdAt: Date
  updatedAt: Date
}

export interface Repository {
  id: string
  name: string
  kind: 'local' | 's3'
  /** Without secrets: `{ path }`, or `{ endpoint?, region, bucket, prefix, pathStyle, accessKeyId, ... }`. */
  settings: Record<string, unknown>
  hasSecret: boolean
  /** age recipients (public keys) every backup is encrypted to. */
  recipients: string[]
  /** PEM public keys whose manifest signatures are believed. */
  signers: string[]
  state: 'pending' | 'ready' | 'failed'
  stateError: RunError | null
  /** From resguardo.json, once probed. */
  repositoryId: string | null
  capabilities: Record<string, unknown> | null
  createdAt: Date
  updatedAt: Date
}

/** A backup that exists: its manifest is stored. */
export interface Backup {
  id: string
  sourceId: string
  repositoryId: string
  runId: string | null
  kind: string
  state: 'available' | 'damaged'
  name: string | null
  labels: Record<string, string>
  startedAt: Date
  finishedAt: Date
  plainBytes: number
  storedBytes: number
  serverVersion: string
  manifest: Record<string, unknown>
  /** Id of the backup that this one is a copy of, in another repository. */
  copyOf: string | null
  /** When every stored byte was last read again and fitted the manifest. */
  verifiedAt: Date | null
  /** When it was also decrypted. */
  deepVerifiedAt: Date | null
  /** Why it is `damaged`. */
  damage: RunError | null
}

/** What `record` is given; the rest comes later. */
export type NewBackup = Omit<Backup, 'verifiedAt' | 'deepVerifiedAt' | 'damage' | 'copyOf'> & {
  copyOf?: string | null
}

/** A database that a swap replaced (`kept`), or that its undo put aside (`undone`). */
export interface KeptDatabase {
  restoreId: string
  targetSourceId: string
  /** The name it had. */
  database: string
  keptAs: string
  state: 'kept' | 'undone' | 'removed'
  keepUntil: Date
  createdAt: Date
}

export interface Restore {
  id: string
  backupId: string
  runId: string
  /** Whose server it goes to; its connection's database is only used to connect when creating the new one. */
  targetSourceId: string
  targetDatabase: string
  dryRun: boolean
  options: Record<string, unknown>
  plan: Record<string, unknown> | null
  result: Record<string, unknown> | null
  createdAt: Date
}

export interface Run {
  id: string
  kind: RunKind
  status: RunStatus
  sourceId: string | null
  repositoryId: string | null
  backupId: string | null
  restoreId: string | null
  params: Record<string, unknown>
  claimedBy: string | null
  fence: number
  heartbeatAt: Date | null
  attempt: number
  maxAttempts: number
  phase: string | null
  progress: Progress | null
  error: RunError | null
  requestedBy: string
  requestId: string | null
  cancelRequestedAt: Date | null
  nextAttemptAt: Date
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
}

/** One line of a run's history: queued, claimed, phase, retry-scheduled, taken-over, handed-back, cancel-requested, succeeded, failed, cancelled. */
export interface RunEvent {
  id: number
  runId: string
  at: Date
  type: string
  attempt: number
  worker: string | null
  detail: Record<string, unknown>
}

export type Role = 'viewer' | 'operator' | 'admin'
export interface ApiKey {
  id: string
  name: string
  role: Role
  /** First characters of the key, to recognise it. */
  prefix: string
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export interface AuditEntry {
  id: number
  at: Date
  actor: string
  action: string
  resource: string
  requestId: string | null
  detail: Record<string, unknown>
  previousHash: string
  hash: string
}

export interface NewRun {
  kind: RunKind
  maxAttempts: number
  sourceId?: string
  repositoryId?: string
  backupId?: string
  restoreId?: string
  params?: Record<string, unknown>
  requestedBy: string
  requestId?: string
}

/** Proof of a claim. Every write of a worker carries it; a write whose fence is no longer current changes nothing and throws RUN_FENCED. */
export interface Claim {
  runId: string
  fence: number
}

export interface RunFilter extends PageQuery {
  kind?: RunKind | undefined
  status?: RunStatus | undefined
  sourceId?: string | undefined
}

export interface BackupFilter extends PageQuery {
  sourceId?: string | undefined
  repositoryId?: string | undefined
  kind?: string | undefined
  copyOf?: string | undefined
}

/** The record of truth. Errors: the *_NOT_FOUND, NAME_TAKEN, *_IN_USE and RUN_* codes; DEPENDENCY_UNAVAILABLE where PostgreSQL cannot be asked. */
export interface Catalog {
  sources: {
    create(source: {
      name: string
      kind: 'postgresql'
      connection: SourceConnection
      secret?: SecretInput
    }): Promise<Source>
    /** Changes connection and/or secret; the name never changes. */
    update(
      id: string,
      change: { connection?: SourceConnection; secret?: SecretInput }
    ): Promise<Source>
    /** @throws SOURCE_NOT_FOUND */
    get(id: string): Promise<Source>
    list(query: PageQuery): Promise<Page<Source>>
    /** @throws SOURCE_IN_USE while backups, restores or unfinished runs refer to it */
    remove(id: string): Promise<void>
    /** The password, resolved; undefined where none was given. Only for workers. @throws SECRET_KEY_UNKNOWN, SECRET_REFERENCE_MISSING */
    readSecret(id: string): Promise<string | undefined>
  }
  repositories: {
    create(repository: {
      name: string
      kind: Repository['kind']
      settings: Record<string, unknown>
      secret?: SecretInput
      recipients: string[]
    }): Promise<Repository>
    /** Sets the state back to pending. */
    update(
      id: string,
      change: { settings?: Record<string, unknown>; secret?: SecretInput; recipients?: string[] }
    ): Promise<Repository>
    get(id: string): Promise<Repository>
    list(query: PageQuery): Promise<Page<Repository>>
    remove(id: string): Promise<void>
    readSecret(id: string): Promise<string | undefined>
    probed(
      id: string,
      result: { repositoryId: string; signers: string[]; capabilities: Record<string, unknown> }
    ): Promise<void>
    probeFailed(id: string, error: RunError): Promise<void>
    /** A ready one that was not tidied for so long. */
    dueForTidy(hours: number): Promise<Repository | undefined>
    markTidied(id: string): Promise<void>
  }
  backups: {
    get(id: string): Promise<Backup>
    list(query: BackupFilter): Promise<Page<Backup>>
    /** Records a backup whose manifest is stored. Recording it again changes nothing. With a claim, only under a current fence. */
    record(backup: NewBackup, claim?: Claim): Promise<void>
    markDamaged(id: string, damage: RunError): Promise<void>
    /** Every stored byte was read and fits. */
    markVerified(id: string, deep: boolean): Promise<void>
    /** The good backup that was verified longest ago, if that is longer than `days`. Undefined while a verify run is unfinished. */
    dueForVerify(days: number): Promise<Backup | undefined>
    /** For the metrics: how many are damaged, and when the one verified longest ago was (its making counts as well). */
    health(): Promise<{ sourceName: string; damaged: number; oldestVerified: Date | null }[]>
    /** Newest available backup of each source and kind, for the metrics. */
    newest(): Promise<{ sourceName: string; kind: string; finishedAt: Date; storedBytes: number }[]>
  }
  restores: {
    /** Creates restore and its run in one transaction. */
    create(
      restore: {
        backupId: string
        targetSourceId: string
        targetDatabase: string
        dryRun: boolean
        options: Record<string, unknown>
      },
      run: NewRun
    ): Promise<{ restore: Restore; run: Run }>
    get(id: string): Promise<Restore>
    list(query: PageQuery): Promise<Page<Restore>>
    setPlan(id: string, plan: Record<string, unknown>, claim: Claim): Promise<void>
    setResult(id: string, result: Record<string, unknown>, claim: Claim): Promise<void>
  }
  keptDatabases: {
    record(
      kept: {
        restoreId: string
        targetSourceId: string
        database: string
        keptAs: string
        keepDays: number
      },
      claim: Claim
    ): Promise<void>
    /** @throws RESTORE_NOT_UNDOABLE */
    get(restoreId: string): Promise<KeptDatabase>
    list(query: PageQuery): Promise<Page<KeptDatabase>>
    change(
      restoreId: string,
      change: { state: KeptDatabase['state']; keptAs?: string }
    ): Promise<void>
    /** Those whose time is over. */
    expired(): Promise<KeptDatabase[]>
  }
  runs: {
    create(run: NewRun): Promise<Run>
    /** As `create`; undefined where such a run is unfinished already (verify, tidy, undo, copy). */
    createOnce(run: NewRun): Promise<Run | undefined>
    get(id: string): Promise<Run>
    list(query: RunFilter): Promise<Page<Run>>
    /** Oldest first. `after` is the id of the last event seen. */
    events(runId: string, after?: number): Promise<RunEvent[]>
    /**
     * One UPDATE: takes a queued run whose nextAttemptAt has come, or a running one whose heartbeat is older than `staleAfterMs`;
     * raises fence and attempt. `taken`: someone else holds it or it is finished. `busy`: another backup of the same source runs
     * (partial unique index on source where kind = 'backup' and status = 'running').
     */
    claim(
      runId: string,
      worker: string,
      staleAfterMs: number
    ): Promise<
      | { outcome: 'claimed'; run: Run; claim: Claim; takenOver: boolean }
      | { outcome: 'taken' }
      | { outcome: 'busy' }
    >
    /** Shows life and progress. @returns whether a cancel was requested. @throws RUN_FENCED */
    heartbeat(claim: Claim, state: { progress?: Progress }): Promise<{ cancelRequested: boolean }>
    /** Records the phase the run entered. @throws RUN_FENCED */
    phase(claim: Claim, phase: string): Promise<void>
    /** Remembers the backup id this attempt writes under, before its first object is written. @throws RUN_FENCED */
    setBackupId(claim: Claim, backupId: string): Promise<void>
    succeed(claim: Claim): Promise<void>
    fail(claim: Claim, error: RunError): Promise<void>
    cancelled(claim: Claim, error: RunError): Promise<void>
    /** Back to queued: for a retry (keeps the error), or handed back by a stopping worker (`uncounted`: the attempt does not count). */
    requeue(
      claim: Claim,
      options: { delayMs: number; error?: RunError; uncounted?: boolean }
    ): Promise<Run>
    /** Cancels a queued run at once; asks for the cancel of a running one. @throws RUN_NOT_CANCELLABLE */
    requestCancel(id: string, by: string): Promise<Run>
    /** For the sweep: queued runs whose time has come, and running ones gone stale. Stale ones with no attempt left are failed with RUN_ABANDONED here. */
    orphans(staleAfterMs: number): Promise<Run[]>
  }
  apiKeys: {
    /** Returns the key once; only its SHA-256 is stored. Keys look like `rg_<43 base64url characters>` (256 random bits). */
    create(key: {
      name: string
      role: Role
      expiresAt?: Date
    }): Promise<{ apiKey: ApiKey; key: string }>
    /** The live (not expired, not revoked) key, or undefined. Stamps lastUsedAt at most once a minute. */
    authenticate(key: string): Promise<ApiKey | undefined>
    list(query: PageQuery): Promise<Page<ApiKey>>
    get(id: string): Promise<ApiKey>
    revoke(id: string): Promise<ApiKey>
  }
  audit: {
    append(entry: {
      actor: string
      action: string
      resource: string
      requestId?: string
      detail?: Record<string, unknown>
    }): Promise<void>
    list(query: PageQuery): Promise<Page<AuditEntry>>
    /** Recomputes the chain; the id of the first entry that does not fit, or undefined. */
    verify(): Promise<number | undefined>
  }
  idempotency: {
    /** `new`: the caller goes on and calls `complete` or `forget`. @throws IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS. Kept 24 h. */
    begin(
      apiKeyId: string,
      key: string,
      requestHash: string
    ): Promise<{ state: 'new' } | { state: 'done'; status: number; body: unknown }>
    complete(apiKeyId: string, key: string, status: number, body: unknown): Promise<void>
    forget(apiKeyId: string, key: string): Promise<void>
  }
  /** Seals every stored secret again under the current master key; how many were re-sealed. */
  resealSecrets(): Promise<number>
  /** Rejects where PostgreSQL does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

export interface CatalogOptions {
  url: string
  /** base64 of 32 bytes; needed to store or read secrets. */
  masterKey?: string
  previousMasterKey?: string
  /** Pool size; default 10. */
  connections?: number
  /** Environment that `{ env }` secret references are read from; the worker passes its own. */
  env?: NodeJS.ProcessEnv
  onError: (error: Error) => void
}
