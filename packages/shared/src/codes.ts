/** What one public error code means: the HTTP status it maps to, whether a worker may try again, and what to do about it. */
export interface CodeMeaning {
  http: number
  retryable: boolean
  hint: string
}

const code = (http: number, retryable: boolean, hint: string): CodeMeaning => ({
  http,
  retryable,
  hint
})

/** The one table of error codes. A code never changes its meaning; new situations get new codes. */
export const codes = {
  CONFIG_INVALID: code(500, false, 'Correct the variables named above and start again.'),
  INTERNAL: code(500, false, 'Look up the requestId in the logs and report it.'),

  VALIDATION_FAILED: code(400, false, 'Correct the fields named in the message.'),
  UNAUTHENTICATED: code(401, false, 'Send a valid key: Authorization: Bearer <key>.'),
  FORBIDDEN: code(403, false, 'Use a key with the role that this route asks for.'),
  ROUTE_NOT_FOUND: code(404, false, 'The routes are listed at /docs.'),
  BODY_TOO_LARGE: code(413, false, 'Send a smaller request body.'),
  MEDIA_TYPE_UNSUPPORTED: code(415, false, 'Send application/json.'),
  RATE_LIMITED: code(429, true, 'Wait for the time given in the Retry-After header.'),
  OVERLOADED: code(503, true, 'Try again in a few seconds.'),
  DEPENDENCY_UNAVAILABLE: code(503, true, 'See /health/ready for which dependency is down.'),
  IDEMPOTENCY_KEY_REUSED: code(422, false, 'Use a new Idempotency-Key for a different request.'),
  IDEMPOTENCY_IN_PROGRESS: code(
    409,
    true,
    'The first request with this key is still running; retry.'
  ),
  CURSOR_INVALID: code(400, false, 'Start again without a cursor.'),

  SOURCE_NOT_FOUND: code(404, false, 'List the sources at GET /v1/sources.'),
  REPOSITORY_NOT_FOUND: code(404, false, 'List the repositories at GET /v1/repositories.'),
  BACKUP_DAMAGED: code(
    409,
    false,
    'Choose another backup; allowDamaged tries this one nevertheless.'
  ),
  BACKUP_NOT_FOUND: code(404, false, 'List the backups at GET /v1/backups.'),
  RESTORE_NOT_FOUND: code(404, false, 'List the restores at GET /v1/restores.'),
  RUN_NOT_FOUND: code(404, false, 'List the runs at GET /v1/runs.'),
  BACKUP_REMOVED: code(409, false, 'It is removed or being removed; choose another backup.'),
  BACKUP_PROTECTED: code(
    409,
    false,
    'Release its hold, wait for the end of its lock, or make another good backup first.'
  ),
  HOLD_NOT_FOUND: code(404, false, 'List the holds at GET /v1/holds.'),
  POLICY_NOT_FOUND: code(404, false, 'List the policies at GET /v1/policies.'),
  POLICY_INVALID: code(400, false, 'Correct the fields named in the message.'),
  POLICY_PAUSED: code(409, false, 'Resume it: POST /v1/policies/:id/resume.'),
  DRILL_NOT_FOUND: code(
    404,
    false,
    'List the drills at GET /v1/drills; one that runs has no result yet.'
  ),
  DRILL_FAILED: code(500, false, 'Read its evidence: the backup is bad or misses an objective.'),
  DRILL_ERRORED: code(503, true, 'The drill could not run; it says nothing about the backup.'),
  DRILL_IMPOSSIBLE: code(
    422,
    false,
    'The drill could not run and will not without a change; it says nothing about the backup.'
  ),
  DRILL_NO_BACKUP: code(409, false, 'Make a backup of the policy first.'),
  DRILL_NO_SPACE: code(507, true, 'Free space for a whole restored database where drills run.'),
  DRILL_TIMEOUT: code(504, false, 'Raise timeBudgetMinutes, or give the worker more to work with.'),
  PG_SERVER_MISSING: code(
    422,
    false,
    'Install the PostgreSQL server programs of the major that is named, or drill on a staging server.'
  ),
  CHANNEL_NOT_FOUND: code(404, false, 'List the channels at GET /v1/channels.'),
  CHANNEL_IN_USE: code(409, false, 'Policies still refer to it.'),
  NOTIFICATION_NOT_FOUND: code(404, false, 'List the notifications at GET /v1/notifications.'),
  NOTIFICATION_FAILED: code(
    502,
    true,
    'Check the address and credentials of the channel; POST /v1/channels/:id/test tries it.'
  ),
  NOTIFICATION_REFUSED: code(
    422,
    false,
    'The receiver refused the message for good: correct the channel.'
  ),
  SECRET_NOT_FOUND: code(404, false, 'List the register at GET /v1/secrets.'),
  CLOCK_WRONG: code(
    503,
    true,
    'Have the hosts of the worker and of the catalog keep time by NTP; nothing was removed.'
  ),
  HOOK_FAILED: code(422, false, 'Look at the hook that is named; nothing was backed up.'),
  API_KEY_NOT_FOUND: code(404, false, 'List the keys at GET /v1/api-keys.'),
  NAME_TAKEN: code(409, false, 'Choose another name.'),
  SOURCE_IN_USE: code(409, false, 'Its backups or runs still refer to it.'),
  REPOSITORY_IN_USE: code(409, false, 'Its backups or runs still refer to it.'),
  REPOSITORY_NOT_READY: code(
    409,
    false,
    'Look at its probe run; correct the settings and probe again.'
  ),

  RUN_EXISTS: code(409, false, 'Wait for the run that does the same; see GET /v1/runs.'),
  RUN_NOT_CANCELLABLE: code(409, false, 'Only queued and running runs can be cancelled.'),
  RUN_CANCELLED: code(409, false, 'Start it again when wanted.'),
  RUN_FENCED: code(409, false, 'Another worker took this run over; see its history.'),
  RUN_ABANDONED: code(
    500,
    false,
    'Its worker died on every attempt: look at memory limits and the worker logs.'
  ),
  RUN_HANDED_BACK: code(503, true, 'The worker was stopping; another one continues.'),
  SOURCE_BUSY: code(409, true, 'Another backup of this source is running; this one waits.'),

  SECRET_KEY_UNKNOWN: code(500, false, 'The master key that sealed this secret is not configured.'),
  SECRET_REFERENCE_MISSING: code(
    422,
    false,
    'Set the environment variable or file that the secret refers to.'
  ),

  PG_UNREACHABLE: code(502, true, 'Check host, port, firewall and that PostgreSQL is running.'),
  PG_AUTH_FAILED: code(422, false, 'Correct the user or password of the source, and pg_hba.conf.'),
  PG_DATABASE_MISSING: code(422, false, 'Check the database name of the source.'),
  PG_PRIVILEGE_MISSING: code(
    422,
    false,
    'Grant the role what the message names, for example pg_read_all_data.'
  ),
  PG_CLIENT_MISSING: code(
    422,
    false,
    'Install the PostgreSQL client programs of the major that is named.'
  ),
  PG_SERVER_ROLE: code(
    422,
    false,
    'Give the source the address of the wanted server, or ask for any.'
  ),
  PG_TABLE_CHANGED: code(
    409,
    true,
    'A table was dropped or altered while it was dumped; the backup is tried again.'
  ),
  PG_LOCK_TIMEOUT: code(
    409,
    true,
    'Another session holds a lock on a table of the source; look at pg_locks.'
  ),
  PG_LOCALE_MISSING: code(
    422,
    false,
    'Install the locale that is named where the database is restored; for a scratch drill that is the worker (Debian: locales-all).'
  ),
  PG_TABLESPACE_MISSING: code(
    422,
    false,
    'Create the tablespace on the target, or restore with the option noTablespaces.'
  ),
  PG_LIBRARY_MISSING: code(
    422,
    false,
    'Install the package with the file that is named where the database is restored; for a scratch drill that is the worker.'
  ),
  PG_TOOL_FAILED: code(502, true, 'The message holds the last lines the tool wrote.'),

  TOOL_MISSING: code(
    500,
    false,
    'Install the program that is named; infra/scripts/setup.sh does it on Debian.'
  ),
  TOOL_FAILED: code(500, true, 'The message holds the last lines the tool wrote.'),
  TOOL_STALLED: code(
    504,
    true,
    'No byte moved for the whole stall time: look at locks on the source and at the network.'
  ),

  STORAGE_OBJECT_NOT_FOUND: code(404, false, 'The object is not in the repository.'),
  STORAGE_OBJECT_EXISTS: code(409, false, 'Keys are written once; this one is taken.'),
  STORAGE_KEY_INVALID: code(400, false, 'Keys are relative paths of plain characters.'),
  STORAGE_UNREACHABLE: code(502, true, 'Check the endpoint, DNS and network of the repository.'),
  STORAGE_DENIED: code(
    422,
    false,
    'Check the access key and the permissions on the bucket or directory.'
  ),
  STORAGE_BUCKET_MISSING: code(422, false, 'Create the bucket, or mount the directory.'),
  STORAGE_FULL: code(507, true, 'Free space in the repository or raise its quota.'),
  STORAGE_SIZE_MISMATCH: code(
    502,
    true,
    'The store kept fewer or more bytes than were sent; the object was removed.'
  ),
  STORAGE_LOCKED: code(
    409,
    false,
    'Object lock protects it until the time that is named; it can be removed after that.'
  ),
  STORAGE_FAILED: code(502, true, 'The message holds what the store answered.'),

  REPOSITORY_UNINITIALISED: code(
    409,
    false,
    'No resguardo.json is there: probe the repository to initialise it.'
  ),
  REPOSITORY_MISMATCH: code(
    409,
    false,
    'Another repository lives at this place; check bucket, prefix or path.'
  ),
  REPOSITORY_FORMAT_NEWER: code(
    422,
    false,
    'Upgrade Resguardo: this was written by a newer version.'
  ),
  MANIFEST_MISSING: code(
    422,
    false,
    'The backup was never completed or was deleted; choose another.'
  ),
  MANIFEST_INVALID: code(422, false, 'The manifest is damaged; choose another backup.'),
  MANIFEST_SIGNATURE_INVALID: code(
    422,
    false,
    'The manifest was changed or signed by an unknown key; do not trust this backup.'
  ),
  OBJECT_MISSING: code(
    422,
    false,
    'A stored object of this backup is gone; choose another backup.'
  ),
  OBJECT_DAMAGED: code(422, false, 'Stored bytes differ from the manifest; choose another backup.'),
  IDENTITY_MISSING: code(
    422,
    false,
    'Give the restore worker the age identity: RESGUARDO_AGE_IDENTITY_FILE.'
  ),
  IDENTITY_WRONG: code(
    422,
    false,
    'The age identity on this worker does not open this backup; use one of its recipients.'
  ),

  RESTORE_BLOCKED: code(422, false, 'Solve what the plan lists under problems.'),
  RESTORE_TARGET_EXISTS: code(
    409,
    false,
    'Choose a database name that does not exist; a restore never overwrites.'
  ),
  RESTORE_TARGET_BUSY: code(
    409,
    true,
    'Sessions of the database could not be ended: grant pg_signal_backend, or stop the application.'
  ),
  KEPT_DATABASE_MISSING: code(404, false, 'It was removed when its time was over, or by hand.'),
  RESTORE_NOT_UNDOABLE: code(
    409,
    false,
    'Only a finished swap whose old database is kept can be undone.'
  ),
  RESTORE_COUNT_MISMATCH: code(
    500,
    false,
    'The restored rows differ from the manifest; the database was dropped.'
  ),
  RESTORE_SPOOL_FULL: code(507, true, 'Free space in the spool directory.')
} as const satisfies Record<string, CodeMeaning>

export type Code = keyof typeof codes
