export interface PlanProblem {
  code: string
  message: string
  hint: string
}

/** How to treat roles that the backup needs and the target server lacks. */
export type MissingRoles = 'create' | 'skip' | 'fail'

/** What happens to a database that has the wanted name: the restore is refused, or the two are swapped at its end. */
export type RestoreMode = 'new' | 'swap'

/** What was found out about a restore before anything is changed. */
export interface RestoreFacts {
  backup: {
    id: string
    finishedAt: string
    serverMajor: number
    plainBytes: number
    storedBytes: number
    databaseBytes: number
    tables: number
    rows: number
    extensions: string[]
    /** Version of the library that orders text where the backup was made; null where it has none. */
    collationVersion: string | null
    /** What the backup itself warns of. */
    warnings: string[]
  }
  target: {
    host: string
    port: number
    database: string
    serverMajor: number
    databaseExists: boolean
    /** The role may rename the existing database. */
    ownsDatabase: boolean
    mayCreateDatabase: boolean
    mayCreateRoles: boolean
    freeBytes: number | null
    /** Version of the library that orders text in a database of the same locale; null where none tells. */
    collationVersion: string | null
  }
  /** Version of the pg_restore that would run; null where none is new enough. */
  client: string | null
  /** Whether the identity on this worker opens the backup; otherwise the error's code and message. */
  identity: 'opens' | PlanProblem
  /** Presence and size of the stored objects; otherwise the error. */
  objects: 'present' | PlanProblem
  missingRoles: string[]
  missingExtensions: string[]
  options: { missingRoles: MissingRoles; mode: RestoreMode }
  /** Plain bytes a second of earlier restores; null where there was none. */
  measuredRate: number | null
}

export interface RestorePlan extends RestoreFacts {
  /** Nothing stands against it. */
  ok: boolean
  problems: PlanProblem[]
  warnings: string[]
  rolesToCreate: string[]
  estimateSeconds: number
}

/** Extensions whose own functions must be called before and after a restore, which is not done here. */
const NEED_HOOKS: Record<string, string> = {
  timescaledb:
    'Restore by hand as docs/backup-format.md shows, between timescaledb_pre_restore() and timescaledb_post_restore().'
}

/** One stream into stock PostgreSQL: 4.8 GB in 91-106 s (measured), rounded down. */
const USUAL_RATE = 40_000_000

/** Decides from facts alone whether a restore may begin, and says everything that stands against it at once. */
export function makeRestorePlan(facts: RestoreFacts): RestorePlan {
  const { backup, target, options } = facts
  const problems: PlanProblem[] = []
  const warnings = [...backup.warnings]
  const add = (code: string, message: string, hint: string) =>
    problems.push({ code, message, hint })

  if (facts.objects !== 'present') problems.push(facts.objects)
  if (facts.identity !== 'opens') problems.push(facts.identity)
  if (target.databaseExists && options.mode !== 'swap') {
    add(
      'RESTORE_TARGET_EXISTS',
      `Database ${JSON.stringify(target.database)} exists on ${target.host}:${target.port}`,
      'Choose a name that does not exist, or mode swap, which keeps the old database; a restore never overwrites.'
    )
  }
  if (target.databaseExists && options.mode === 'swap' && !target.ownsDatabase) {
    add(
      'PG_PRIVILEGE_MISSING',
      `The role does not own database ${JSON.stringify(target.database)}, so it may not rename it`,
      'Make the role a member of its owner, or use another source for the target.'
    )
  }
  if (!target.mayCreateDatabase)
    add(
      'PG_PRIVILEGE_MISSING',
      'The role may not create databases on the target server',
      'ALTER ROLE … CREATEDB, or use another source for the target.'
    )
  if (target.serverMajor < backup.serverMajor) {
    add(
      'RESTORE_BLOCKED',
      `The target runs PostgreSQL ${target.serverMajor}, the backup is of ${backup.serverMajor}`,
      'Restore to the same or a newer major.'
    )
  }
  if (facts.client === null)
    add(
      'PG_CLIENT_MISSING',
      `No pg_restore of major ${backup.serverMajor} or newer on this worker`,
      `Install postgresql-client-${backup.serverMajor}.`
    )
  if (facts.missingExtensions.length > 0) {
    add(
      'RESTORE_BLOCKED',
      `Extensions not available on the target: ${facts.missingExtensions.join(', ')}`,
      'Install their packages on the target server.'
    )
  }
  for (const name of backup.extensions.filter(name => NEED_HOOKS[name]))
    add(
      'RESTORE_BLOCKED',
      `Extension ${name} needs its own functions called around a restore`,
      NEED_HOOKS[name]!
    )
  if (target.freeBytes !== null && target.freeBytes < backup.databaseBytes) {
    add(
      'RESTORE_BLOCKED',
      `The target has ${target.freeBytes} bytes free, the database needs about ${backup.databaseBytes}`,
      'Free space on the target server.'
    )
  }
  const { missingRoles } = facts
  if (missingRoles.length > 0 && options.missingRoles === 'fail') {
    add(
      'RESTORE_BLOCKED',
      `Roles missing on the target: ${missingRoles.join(', ')}`,
      'Create them, or set missingRoles to create or skip.'
    )
  }
  if (missingRoles.length > 0 && options.missingRoles === 'create' && !target.mayCreateRoles) {
    add(
      'PG_PRIVILEGE_MISSING',
      `Roles missing on the target and this role may not create them: ${missingRoles.join(', ')}`,
      'Create them, grant CREATEROLE, or set missingRoles to skip.'
    )
  }
  if (missingRoles.length > 0 && options.missingRoles === 'skip')
    warnings.push('Owners and grants are left out: roles are missing on the target')
  if (missingRoles.length > 0 && options.missingRoles === 'create')
    warnings.push('Missing roles are created without login and password')
  if (target.databaseExists && options.mode === 'swap')
    warnings.push('Sessions of the old database are ended when the two are swapped')
  if (target.freeBytes === null) warnings.push('Free space on the target cannot be seen from here')
  if (target.serverMajor > backup.serverMajor)
    warnings.push(
      `The restored database moves from PostgreSQL ${backup.serverMajor} to ${target.serverMajor}`
    )
  if (
    backup.collationVersion !== null &&
    target.collationVersion !== null &&
    backup.collationVersion !== target.collationVersion
  )
    warnings.push(
      `Text is ordered by another version of the collation library (${backup.collationVersion} → ${target.collationVersion}): indexes are built anew, but look at range partitions and CHECK constraints on text, and REINDEX what is replicated or attached later`
    )

  return {
    ...facts,
    ok: problems.length === 0,
    problems,
    warnings,
    rolesToCreate: options.missingRoles === 'create' ? missingRoles : [],
    estimateSeconds: Math.max(1, Math.ceil(backup.plainBytes / (facts.measuredRate ?? USUAL_RATE)))
  }
}
