import type {
  PolicyFacts,
  PolicySpec,
  Progress,
  RunError,
  RunKind,
  RunStatus
} from '@resguardo/domain'

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

export type BackupState = 'available' | 'damaged' | 'removing' | 'removed'

/** A backup that exists: its manifest is stored. */
export interface Backup {
  id: string
  sourceId: string
  repositoryId: string
  runId: string | null
  kind: string
  /** `removing`: its objects are being deleted; `removed`: they are gone, the row tells that it was. */
  state: BackupState
  name: string | null
  /** Why somebody asked for it. */
  reason: string | null
  labels: Record<string, string>
  policyId: string | null
  /** Asked for when it was made: not removed before. */
  keepUntil: Date | null
  /** Until then the store refuses to delete it. */
  lockedUntil: Date | null
  startedAt: Date
  finishedAt: Date
  plainBytes: number
  storedBytes: number
  serverVersion: string
  manifest: Record<string, unknown>
  /** Id of the backup that this one is a copy of, in another repository. */
  copyOf: string | null
  /** Id of the backup whose objects were encrypted anew for this one. */
  rekeyOf: string | null
  /** When every stored byte was last read again and fitted the manifest. */
  verifiedAt: Date | null
  /** When it was also decrypted. */
  deepVerifiedAt: Date | null
  /** Why it is `damaged`. */
  damage: RunError | null
  /** Why it is or was removed, and by whom. */
  removal: { reasons: string[]; by: string } | null
  removingSince: Date | null
  removedAt: Date | null
}

type LaterFields =
  | 'verifiedAt'
  | 'deepVerifiedAt'
  | 'damage'
  | 'removal'
  | 'removingSince'
  | 'removedAt'
type OptionalFields = 'copyOf' | 'rekeyOf' | 'reason' | 'policyId' | 'keepUntil' | 'lockedUntil'

/** What `record` is given; the rest comes later. */
export type NewBackup = Omit<Backup, LaterFields | OptionalFields> &
  Partial<Pick<Backup, OptionalFields>>

/** A pin with a reason that no rule can override. */
export interface Hold {
  id: string
  backupId: string
  holder: string
  reason: string
  /** Null: until it is released. */
  until: Date | null
  createdBy: string
  createdAt: Date
  releasedAt: Date | null
  releasedBy: string | null
  releaseReason: string | null
}

export interface Policy {
  id: string
  name: string
  kind: 'logical'
  sourceId: string
  repositoryId: string
  copyTo: string[]
  channelIds: string[]
  /** Of the engine. */
  options: Record<string, unknown>
  spec: PolicySpec
  paused: boolean
  pauseReason: string | null
  retentionAt: Date | null
  createdAt: Date
  updatedAt: Date
}

export type NewPolicy = Omit<
  Policy,
  'id' | 'paused' | 'pauseReason' | 'retentionAt' | 'createdAt' | 'updatedAt'
>

/** What a schedule fired last. */
export interface ScheduleState {
  policyId: string
  schedule: string
  since: Date
  firedFor: Date | null
}

/** What the verdict about a policy is made from. */
export interface PolicyFactsRow
  extends Pick<
    PolicyFacts,
    | 'newestAt'
    | 'goodBackups'
    | 'damagedBackups'
    | 'lastRun'
    | 'oldestUnverifiedAt'
    | 'retentionBlocked'
  > {
  policyId: string
  /** Stored bytes of good backups in the policy's repository, newest first, 100 at most. */
  bytes: number[]
}

export interface DrillReason {
  phase: string
  code: string
  message: string
  hint: string
}

/** A drill that ended; its id is that of its run. */
export interface Drill {
  id: string
  policyId: string | null
  policyName: string | null
  sourceId: string | null
  backupId: string | null
  /** `errored`: it could not run and says nothing about the backup. */
  outcome: 'passed' | 'failed' | 'errored'
  reason: DrillReason | null
  restoreSeconds: number | null
  rtoMet: boolean | null
  startedAt: Date
  finishedAt: Date
  /** Key of the JSON in the repository; null where it could not be stored. */
  evidenceKey: string | null
  createdAt: Date
}

/** The very bytes that are signed, as text, and the signatures. */
export interface StoredEvidence {
  json: string
  html: string
  jsonSignature: string
  htmlSignature: string
}

export interface Channel {
  id: string
  name: string
  kind: 'webhook' | 'slack' | 'email'
  settings: Record<string, unknown>
  hasSecret: boolean
  summary: { cron: string; timeZone: string } | null
  /** Occurrence of the summary that was sent last. */
  summaryFor: Date | null
  createdAt: Date
  updatedAt: Date
}

export interface Incident {
  id: string
  policyId: string | null
  kind: string
  level: 'warning' | 'critical'
  message: string
  hint: string
  openedAt: Date
  closedAt: Date | null
}

export interface Notification {
  id: string
  channelId: string
  incidentId: string | null
  event: string
  message: Record<string, unknown>
  state: 'queued' | 'sent' | 'failed'
  attempt: number
  nextAttemptAt: Date
  error: RunError | null
  createdAt: Date
  sentAt: Date | null
}

/** A secret that must be replaced from time to time; never its value. */
export interface RegisteredSecret {
  id: string
  name: string
  kind: string
  owner: string
  note: string
  rotateDays: number
  rotatedAt: Date
  createdAt: Date
  updatedAt: Date
}

export interface WorkerSeen {
  name: string
  queues: string[]
  startedAt: Date
  seenAt: Date
  clockSkewMs: number
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
  policyId: string | null
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
  policyId?: string
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
  policyId?: string | undefined
}

export interface BackupFilter extends PageQuery {
  sourceId?: string | undefined
  repositoryId?: string | undefined
  kind?: string | undefined
  copyOf?: string | undefined
  policyId?: string | undefined
  /** Left out: all but removed ones. */
  state?: BackupState | undefined
}

/** A backup as retention sees it. */
export interface RetentionRow {
  id: string
  kind: string
  repositoryId: string
  state: BackupState
  at: Date
  storedBytes: number
  keepUntil: Date | null
  lockedUntil: Date | null
  hold: { holder: string; reason: string; until: Date | null } | null
  inUse: boolean
}

export type RemovalObstacle = 'hold' | 'locked' | 'keep-until' | 'in-use' | 'last-good'

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
    /** Adds to what is known of what the store can do and has. */
    setCapabilities(id: string, more: Record<string, unknown>): Promise<void>
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
    /** The backups that retention decides about, newest first: not removed, of the policy, its copies included. */
    ofPolicy(policyId: string): Promise<RetentionRow[]>
    /**
     * First phase of a removal: from here on the backup is not restored, verified or copied. Returns why not, where something
     * stands against it (`hold`, `locked`, `keep-until`, `in-use`, `last-good`); undefined where it is marked, also already.
     * @throws BACKUP_NOT_FOUND
     */
    markRemoving(
      id: string,
      removal: { reasons: string[]; by: string }
    ): Promise<RemovalObstacle | undefined>
    /** Its objects are gone. */
    markRemoved(id: string): Promise<void>
    setLockedUntil(id: string, until: Date): Promise<void>
    /** The store would not delete a marked backup: it is as it was before, and known to be locked. */
    keepLocked(id: string, until: Date): Promise<void>
    /** Marked ones that are still to be removed. */
    removing(policyId?: string): Promise<Backup[]>
    /** Newest available backup of each source and kind, for the metrics. */
    newest(): Promise<{ sourceName: string; kind: string; finishedAt: Date; storedBytes: number }[]>
  }
  holds: {
    /** @throws BACKUP_NOT_FOUND, BACKUP_REMOVED where it is being removed or is gone */
    place(hold: {
      backupId: string
      holder: string
      reason: string
      until: Date | null
      createdBy: string
    }): Promise<Hold>
    /** @throws HOLD_NOT_FOUND; releasing it again changes nothing */
    release(id: string, by: string, reason: string): Promise<Hold>
    get(id: string): Promise<Hold>
    list(query: PageQuery & { backupId?: string | undefined }): Promise<Page<Hold>>
  }
  policies: {
    /** @throws NAME_TAKEN, SOURCE_NOT_FOUND, REPOSITORY_NOT_FOUND, CHANNEL_NOT_FOUND */
    create(policy: NewPolicy): Promise<Policy>
    /** Replaces all but the name. Schedules that stay as they were keep what they fired last. */
    update(id: string, policy: Omit<NewPolicy, 'name'>): Promise<Policy>
    get(id: string): Promise<Policy>
    list(query: PageQuery): Promise<Page<Policy>>
    /** Every policy, for what goes through all of them. */
    all(): Promise<Policy[]>
    /** Its backups stay and are from then on removed by hand only. */
    remove(id: string): Promise<void>
    /** What was due while it was paused is not caught up. */
    setPaused(id: string, paused: boolean, reason: string | null): Promise<Policy>
    scheduleStates(): Promise<ScheduleState[]>
    /**
     * Notes that a schedule fired for an occurrence, and creates its run in the same transaction. Undefined where another worker
     * was first: `expected` is what the caller saw as fired last. `run` null: the occurrence is only noted.
     */
    fire(
      state: Pick<ScheduleState, 'policyId' | 'schedule'> & { expected: Date | null },
      occurrence: Date,
      run: NewRun | null
    ): Promise<{ run: Run | null } | undefined>
    facts(): Promise<PolicyFactsRow[]>
    /** A policy whose retention did not run for so long. */
    dueForRetention(hours: number): Promise<Policy | undefined>
    markRetention(id: string): Promise<void>
  }
  drills: {
    /** Recording it again changes nothing. */
    record(
      drill: Omit<Drill, 'createdAt'>,
      evidence: StoredEvidence | null,
      claim: Claim
    ): Promise<void>
    /** @throws DRILL_NOT_FOUND also while it still runs */
    get(id: string): Promise<Drill>
    list(
      query: PageQuery & { policyId?: string | undefined; outcome?: Drill['outcome'] | undefined }
    ): Promise<Page<Drill>>
    evidence(id: string): Promise<StoredEvidence>
    /** Those that ended in a period, and of each policy the last one that passed and the last one that did not before it. Oldest first. */
    between(from: Date, to: Date): Promise<Drill[]>
    /** Of each policy, the last one that ended, and when one passed last. */
    lastOfPolicies(): Promise<
      {
        policyId: string
        outcome: Drill['outcome']
        at: Date
        message: string | null
        passedAt: Date | null
      }[]
    >
  }
  channels: {
    create(channel: {
      name: string
      kind: Channel['kind']
      settings: Record<string, unknown>
      secret?: SecretInput
      summary: Channel['summary']
    }): Promise<Channel>
    update(
      id: string,
      change: {
        settings?: Record<string, unknown>
        secret?: SecretInput
        summary?: Channel['summary']
      }
    ): Promise<Channel>
    get(id: string): Promise<Channel>
    list(query: PageQuery): Promise<Page<Channel>>
    all(): Promise<Channel[]>
    /** @throws CHANNEL_NOT_FOUND, CHANNEL_IN_USE */
    remove(id: string): Promise<void>
    readSecret(id: string): Promise<string | undefined>
    /** Notes the summary of an occurrence as sent; false where another worker was first. */
    claimSummary(id: string, expected: Date | null, occurrence: Date): Promise<boolean>
  }
  incidents: {
    list(query: PageQuery & { open?: boolean | undefined }): Promise<Page<Incident>>
    /**
     * Makes the open incidents those that are given: opens new ones, closes those that are over, follows the text of others.
     * Only what it changed is returned, so that of several workers that call it one tells of a change.
     */
    reconcile(
      findings: {
        policyId: string | null
        kind: string
        level: Incident['level']
        message: string
        hint: string
      }[]
    ): Promise<{ opened: Incident[]; closed: Incident[]; worsened: Incident[] }>
  }
  notifications: {
    create(notification: {
      id: string
      channelId: string
      incidentId: string | null
      event: string
      message: Record<string, unknown>
    }): Promise<Notification>
    get(id: string): Promise<Notification>
    list(
      query: PageQuery & { state?: Notification['state'] | undefined }
    ): Promise<Page<Notification>>
    /** Takes a queued one whose time has come: raises its attempt and moves its time on, so that no other worker takes it too. */
    claim(id: string, leaseMs: number): Promise<Notification | undefined>
    sent(id: string): Promise<void>
    /** `retryInMs` null: given up. */
    failed(id: string, error: RunError, retryInMs: number | null): Promise<void>
    due(): Promise<Notification[]>
    /** Failed ones of the last week that no later success of their channel outdates. */
    undelivered(): Promise<number>
  }
  secrets: {
    create(
      secret: Omit<RegisteredSecret, 'id' | 'createdAt' | 'updatedAt'>
    ): Promise<RegisteredSecret>
    update(
      id: string,
      change: Partial<Omit<RegisteredSecret, 'id' | 'name' | 'createdAt' | 'updatedAt'>>
    ): Promise<RegisteredSecret>
    get(id: string): Promise<RegisteredSecret>
    list(query: PageQuery): Promise<Page<RegisteredSecret>>
    all(): Promise<RegisteredSecret[]>
    remove(id: string): Promise<void>
  }
  workers: {
    /** Shows that a worker lives. `now`: its own clock. */
    seen(worker: { name: string; queues: string[]; now: Date }): Promise<void>
    gone(name: string): Promise<void>
    list(): Promise<WorkerSeen[]>
  }
  settings: {
    get(key: string): Promise<Record<string, unknown> | undefined>
    set(key: string, value: Record<string, unknown>): Promise<void>
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
    /** When the oldest run that could be claimed now was due; null where none waits. */
    oldestWaiting(): Promise<Date | null>
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
