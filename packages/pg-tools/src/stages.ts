import { join } from 'node:path'
import type { Stage } from '@resguardo/processes'
import type { ClientPrograms } from './client-programs.ts'
import { type PgTarget, pgEnv } from './connection.ts'

export interface DumpOptions {
  snapshot: string
  lockTimeoutMs: number
  /** Patterns of pg_dump. */
  schemas?: string[]
  excludeSchemas?: string[]
  tables?: string[]
  excludeTables?: string[]
  /** Tables whose rows are stored elsewhere. */
  excludeTableData?: string[]
  /** Leave the rows of unlogged tables out. */
  noUnloggedData?: boolean
}

/**
 * The database as an uncompressed custom archive on stdout, on an exported snapshot.
 * @see https://www.postgresql.org/docs/current/app-pgdump.html
 */
export function pgDumpStage(
  { bin }: ClientPrograms,
  source: PgTarget,
  options: DumpOptions
): Stage {
  const each = (flag: string, values: string[] = []) => values.map(value => `--${flag}=${value}`)
  return {
    name: 'pg_dump',
    cmd: join(bin, 'pg_dump'),
    args: [
      '--format=custom',
      '--compress=0',
      '--no-password',
      `--snapshot=${options.snapshot}`,
      `--lock-wait-timeout=${options.lockTimeoutMs}`,
      ...each('schema', options.schemas),
      ...each('exclude-schema', options.excludeSchemas),
      ...each('table', options.tables),
      ...each('exclude-table', options.excludeTables),
      ...each('exclude-table-data', options.excludeTableData),
      ...(options.noUnloggedData ? ['--no-unlogged-table-data'] : [])
    ],
    env: pgEnv(source)
  }
}

/** Roles and tablespaces of the server as SQL on stdout; with password hashes only where the role may read them. */
export function pgDumpGlobalsStage(
  { bin }: ClientPrograms,
  source: PgTarget,
  { passwords }: { passwords: boolean }
): Stage {
  return {
    name: 'pg_dumpall',
    cmd: join(bin, 'pg_dumpall'),
    args: ['--globals-only', '--no-password', ...(passwords ? [] : ['--no-role-passwords'])],
    // It connects to `postgres` first, then to this one.
    env: pgEnv(source)
  }
}

export interface RestoreOptions {
  /** Leave owners and grants out, for a server that lacks the roles. */
  withoutRoles: boolean
  /** Everything goes into the default tablespace. */
  noTablespaces?: boolean
  /** A part of the archive only. */
  section?: 'pre-data' | 'data' | 'post-data'
  /** Path of the archive; left out: stdin. */
  file?: string
  /** Parallel connections; only with a file. */
  jobs?: number
  /** Path of a table of contents (`pg_restore --list`) that says what to restore. */
  list?: string
  /** Added to the sessions' settings, as in PGOPTIONS. */
  settings?: string
}

/** Restores a custom archive from stdin or a file into `target`; the first error ends it. */
export function pgRestoreStage(
  { bin }: ClientPrograms,
  target: PgTarget,
  { withoutRoles, noTablespaces, section, file, jobs, list, settings = '' }: RestoreOptions
): Stage {
  const env = pgEnv(target)
  return {
    name: 'pg_restore',
    cmd: join(bin, 'pg_restore'),
    // pg_restore does not take the database from PGDATABASE; as a connection string, quoted, any name is safe.
    args: [
      '--exit-on-error',
      '--no-password',
      `--dbname=${databaseString(target.database)}`,
      ...(withoutRoles ? ['--no-owner', '--no-acl'] : []),
      ...(noTablespaces ? ['--no-tablespaces'] : []),
      ...(section ? [`--section=${section}`] : []),
      ...(file && jobs ? [`--jobs=${jobs}`] : []),
      ...(list ? [`--use-list=${list}`] : []),
      ...(file ? [file] : [])
    ],
    env: { ...env, PGOPTIONS: `${env.PGOPTIONS} ${settings}`.trim() }
  }
}

/** The archive's table of contents with every entry's dependencies, on stdout. `file` left out: stdin. */
export function pgRestoreListStage({ bin }: ClientPrograms, file?: string): Stage {
  return {
    name: 'pg_restore',
    cmd: join(bin, 'pg_restore'),
    args: ['--list', '--verbose', ...(file ? [file] : [])]
  }
}

/** @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
const databaseString = (name: string) => `dbname='${name.replace(/[\\']/g, '\\$&')}'`
