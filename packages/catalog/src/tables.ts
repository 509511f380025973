import type { PolicySpec, Progress, RunError, RunKind, RunStatus } from '@resguardo/domain'
import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { BackupState, DrillReason, Role, SourceConnection } from './catalog.ts'

type Json = Record<string, unknown>
type GeneratedDate = ColumnType<Date, Date | undefined, Date>
type NullableDate = ColumnType<Date | null, Date | null | undefined, Date | null>
/** jsonb: an object when read, text when written. */
type NullableJson<T extends object> = ColumnType<T | null, string | null | undefined, string | null>

/** The catalog's tables, as in migrations/. */
export interface Tables {
  sources: {
    id: Generated<string>
    name: string
    kind: 'postgresql'
    connection: JSONColumnType<SourceConnection & object>
    secret: string | null
    created_at: GeneratedDate
    updated_at: GeneratedDate
  }
  repositories: {
    id: Generated<string>
    name: string
    kind: 'local' | 's3'
    settings: JSONColumnType<Json>
    secret: string | null
    recipients: string[]
    signers: Generated<string[]>
    state: Generated<'pending' | 'ready' | 'failed'>
    state_error: NullableJson<RunError>
    repository_id: string | null
    capabilities: NullableJson<Json>
    tidied_at: NullableDate
    created_at: GeneratedDate
    updated_at: GeneratedDate
  }
  runs: {
    id: Generated<string>
    kind: RunKind
    status: Generated<RunStatus>
    source_id: string | null
    repository_id: string | null
    backup_id: string | null
    restore_id: string | null
    policy_id: string | null
    params: JSONColumnType<Json>
    claimed_by: string | null
    fence: Generated<number>
    heartbeat_at: NullableDate
    attempt: Generated<number>
    max_attempts: number
    phase: string | null
    progress: NullableJson<Progress>
    error: NullableJson<RunError>
    requested_by: string
    request_id: string | null
    cancel_requested_at: NullableDate
    next_attempt_at: GeneratedDate
    created_at: GeneratedDate
    started_at: NullableDate
    finished_at: NullableDate
  }
  run_events: {
    id: Generated<number>
    run_id: string
    at: GeneratedDate
    type: string
    attempt: number
    worker: string | null
    detail: JSONColumnType<Json>
  }
  backups: {
    id: string
    source_id: string
    repository_id: string
    run_id: string | null
    kind: string
    state: Generated<BackupState>
    name: string | null
    labels: JSONColumnType<Record<string, string>>
    started_at: Date
    finished_at: Date
    plain_bytes: number
    stored_bytes: number
    server_version: string
    manifest: JSONColumnType<Json>
    copy_of: string | null
    verified_at: NullableDate
    deep_verified_at: NullableDate
    damage: NullableJson<RunError>
    policy_id: string | null
    reason: string | null
    keep_until: NullableDate
    locked_until: NullableDate
    rekey_of: string | null
    removal: NullableJson<{ reasons: string[]; by: string }>
    removing_since: NullableDate
    removed_at: NullableDate
    created_at: GeneratedDate
  }
  holds: {
    id: Generated<string>
    backup_id: string
    holder: string
    reason: string
    until: Date | null
    created_by: string
    created_at: GeneratedDate
    released_at: NullableDate
    released_by: string | null
    release_reason: string | null
  }
  policies: {
    id: Generated<string>
    name: string
    kind: 'logical'
    source_id: string
    repository_id: string
    copy_to: string[]
    channel_ids: string[]
    options: JSONColumnType<Json>
    spec: JSONColumnType<PolicySpec & object>
    paused: Generated<boolean>
    pause_reason: string | null
    retention_at: NullableDate
    created_at: GeneratedDate
    updated_at: GeneratedDate
  }
  schedule_states: {
    policy_id: string
    schedule: string
    cron: string
    time_zone: string
    since: Date
    fired_for: NullableDate
  }
  drills: {
    id: string
    policy_id: string | null
    policy_name: string | null
    source_id: string | null
    backup_id: string | null
    outcome: 'passed' | 'failed' | 'errored'
    reason: NullableJson<DrillReason>
    restore_seconds: number | null
    rto_met: boolean | null
    started_at: Date
    finished_at: Date
    evidence_json: string | null
    evidence_html: string | null
    json_signature: string | null
    html_signature: string | null
    evidence_key: string | null
    created_at: GeneratedDate
  }
  channels: {
    id: Generated<string>
    name: string
    kind: 'webhook' | 'slack' | 'email'
    settings: JSONColumnType<Json>
    secret: string | null
    summary: NullableJson<{ cron: string; timeZone: string }>
    summary_for: NullableDate
    created_at: GeneratedDate
    updated_at: GeneratedDate
  }
  incidents: {
    id: Generated<string>
    policy_id: string | null
    kind: string
    level: 'warning' | 'critical'
    message: string
    hint: string
    opened_at: GeneratedDate
    closed_at: NullableDate
  }
  notifications: {
    id: string
    channel_id: string
    incident_id: string | null
    event: string
    message: JSONColumnType<Json>
    state: Generated<'queued' | 'sent' | 'failed'>
    attempt: Generated<number>
    next_attempt_at: GeneratedDate
    error: NullableJson<RunError>
    created_at: GeneratedDate
    sent_at: NullableDate
  }
  secrets: {
    id: Generated<string>
    name: string
    kind: string
    owner: string
    note: string
    rotate_days: number
    rotated_at: Date
    created_at: GeneratedDate
    updated_at: GeneratedDate
  }
  workers: {
    name: string
    queues: string[]
    started_at: GeneratedDate
    seen_at: GeneratedDate
    clock_skew_ms: number
  }
  settings: {
    key: string
    value: JSONColumnType<Json>
    updated_at: GeneratedDate
  }
  restores: {
    id: Generated<string>
    backup_id: string
    run_id: string
    target_source_id: string
    target_database: string
    dry_run: boolean
    options: JSONColumnType<Json>
    plan: NullableJson<Json>
    result: NullableJson<Json>
    created_at: GeneratedDate
  }
  kept_databases: {
    id: string
    target_source_id: string
    database: string
    kept_as: string
    state: Generated<'kept' | 'undone' | 'removed'>
    keep_until: Date
    created_at: GeneratedDate
  }
  api_keys: {
    id: Generated<string>
    name: string
    role: Role
    prefix: string
    hash: Buffer
    created_at: GeneratedDate
    expires_at: NullableDate
    last_used_at: NullableDate
    revoked_at: NullableDate
  }
  audit_log: {
    id: number
    at: Date
    actor: string
    action: string
    resource: string
    request_id: string | null
    detail: JSONColumnType<Json>
    previous_hash: string
    hash: string
  }
  idempotency_keys: {
    api_key_id: string
    key: string
    request_hash: string
    status: number | null
    body: NullableJson<object>
    created_at: GeneratedDate
  }
}
