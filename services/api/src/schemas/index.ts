import { ApiKey, CreatedApiKey } from './api-key.ts'
import { AuditEntry } from './audit-entry.ts'
import { Backup, BackupWithManifest } from './backup.ts'
import { KeptDatabase } from './kept-database.ts'
import { Problem } from './problem.ts'
import { ProbedRepository, Repository } from './repository.ts'
import { Restore, RestoreWithRun } from './restore.ts'
import { Run, RunEvent } from './run.ts'
import { Source } from './source.ts'

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
  ApiKey,
  CreatedApiKey,
  AuditEntry
]
