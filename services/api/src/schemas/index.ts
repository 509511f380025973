import { ApiKey, CreatedApiKey } from './api-key.ts'
import { AuditEntry } from './audit-entry.ts'
import { Backup, BackupWithManifest } from './backup.ts'
import { Channel } from './channel.ts'
import { Drill } from './drill.ts'
import { Hold } from './hold.ts'
import { Incident } from './incident.ts'
import { KeptDatabase } from './kept-database.ts'
import { Notification } from './notification.ts'
import { Policy } from './policy.ts'
import { CostProjection, LifecyclePlan, RetentionPreview, Upcoming } from './policy-views.ts'
import { Prices } from './prices.ts'
import { Problem } from './problem.ts'
import { RegisteredSecret } from './registered-secret.ts'
import { ProbedRepository, Repository } from './repository.ts'
import { Restore, RestoreWithRun } from './restore.ts'
import { Run, RunEvent } from './run.ts'
import { Source } from './source.ts'
import { Finding, PolicyVerdict } from './verdict.ts'

/** Every schema that routes point to by name. */
export const sharedSchemas = [
  Problem,
  Run,
  RunEvent,
  Source,
  Repository,
  ProbedRepository,
  Backup,
  BackupWithManifest,
  Restore,
  RestoreWithRun,
  KeptDatabase,
  Hold,
  Drill,
  Policy,
  Finding,
  PolicyVerdict,
  Upcoming,
  RetentionPreview,
  LifecyclePlan,
  CostProjection,
  Channel,
  Incident,
  Notification,
  RegisteredSecret,
  Prices,
  ApiKey,
  CreatedApiKey,
  AuditEntry
]
