import { StageError } from '@resguardo/processes'
import { AppError, asAppError, type Code } from '@resguardo/shared'
import { grantHint } from './grant-hint.ts'

/** What a message of PostgreSQL or libpq means to us, most specific first. */
const meanings: [RegExp, Code][] = [
  [
    /password authentication failed|no pg_hba.conf entry|no password supplied|(28000|FATAL:) +role ".*" does not exist|authentication failed|is not permitted to log in/i,
    'PG_AUTH_FAILED'
  ],
  [/database ".*" does not exist/i, 'PG_DATABASE_MISSING'],
  [
    /invalid (LC_\w+ )?locale name|could not create locale|collation "pg_catalog\.[^"]*".* does not exist/i,
    'PG_LOCALE_MISSING'
  ],
  [/tablespace ".*" does not exist/i, 'PG_TABLESPACE_MISSING'],
  [
    /could not (access|load) (file|library)|extension ".*" is not available|could not open .*(extension control|stop-word|dictionary|affix|thesaurus) file/i,
    'PG_LIBRARY_MISSING'
  ],
  [/lock timeout|could not obtain lock/i, 'PG_LOCK_TIMEOUT'],
  [/server version mismatch|aborting because of server version/i, 'PG_CLIENT_MISSING'],
  [
    /permission denied|must be (superuser|owner|member|able to set role)|row-level security policy/i,
    'PG_PRIVILEGE_MISSING'
  ],
  [
    /relation .* does not exist|could not open relation|cache lookup failed|no matching tables/i,
    'PG_TABLE_CHANGED'
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|ENOENT.*\.s\.PGSQL|could not connect|connection to server .* failed|timeout expired|Connection terminated|starting up|shutting down|terminating connection|server closed the connection/i,
    'PG_UNREACHABLE'
  ]
]

const meaningOf = (text: string) => meanings.find(([pattern]) => pattern.test(text))?.[1]

/** An error of one of our own connections, for a user. */
export function explainPgError(
  error: unknown,
  target: { host: string; port: number; database: string }
): AppError {
  if (error instanceof AppError) return error
  const cause = error instanceof AggregateError ? error.errors.at(-1) : error
  const text =
    cause instanceof Error
      ? cause.message || String((cause as NodeJS.ErrnoException).code)
      : String(cause)
  const code =
    meaningOf(`${(cause as NodeJS.ErrnoException)?.code ?? ''} ${text}`) ?? 'PG_TOOL_FAILED'
  return new AppError(
    code,
    `PostgreSQL at ${target.host}:${target.port}, database ${JSON.stringify(target.database)}: ${text}`,
    { cause: error, ...hintFor(code, text) }
  )
}

/** A failed stage of a pipeline, for a user: what PostgreSQL's tools say decides, other tools are TOOL_FAILED. */
export function explainStage(error: unknown): AppError {
  if (!(error instanceof StageError)) return asAppError(error)
  const isPgTool = error.stage.startsWith('pg_') || error.stage === 'psql'
  const meaning = isPgTool ? (meaningOf(error.stderr) ?? 'PG_TOOL_FAILED') : 'TOOL_FAILED'
  // Nobody changes what pg_restore fills: the archive itself lacks what it names.
  const code =
    error.stage === 'pg_restore' && meaning === 'PG_TABLE_CHANGED' ? 'PG_TOOL_FAILED' : meaning
  return new AppError(code, error.message, { cause: error, ...hintFor(code, error.stderr) })
}

function hintFor(code: Code, text: string) {
  const hint = code === 'PG_PRIVILEGE_MISSING' ? grantHint(text) : undefined
  return hint ? { hint } : {}
}
