import { join } from 'node:path'
import type { Stage } from '@resguardo/processes'
import type { ClientPrograms } from './client-programs.ts'
import { type PgTarget, pgEnv } from './connection.ts'

/**
 * The whole database as an uncompressed custom archive on stdout, on an exported snapshot.
 * @see https://www.postgresql.org/docs/current/app-pgdump.html
 */
export function pgDumpStage(
  { bin }: ClientPrograms,
  source: PgTarget,
  { snapshot, lockTimeoutMs }: { snapshot: string; lockTimeoutMs: number }
): Stage {
  return {
    name: 'pg_dump',
    cmd: join(bin, 'pg_dump'),
    args: [
      '--format=custom',
      '--compress=0',
      '--no-password',
      `--snapshot=${snapshot}`,
      `--lock-wait-timeout=${lockTimeoutMs}`
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
}

/** Restores a custom archive from stdin into `target`; the first error ends it. */
export function pgRestoreStage(
  { bin }: ClientPrograms,
  target: PgTarget,
  { withoutRoles }: RestoreOptions
): Stage {
  return {
    name: 'pg_restore',
    cmd: join(bin, 'pg_restore'),
    // pg_restore does not take the database from PGDATABASE; as a connection string, quoted, any name is safe.
    args: [
      '--exit-on-error',
      '--no-password',
      `--dbname=${databaseString(target.database)}`,
      ...(withoutRoles ? ['--no-owner', '--no-acl'] : [])
    ],
    env: pgEnv(target)
  }
}

/** @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
const databaseString = (name: string) => `dbname='${name.replace(/[\\']/g, '\\$&')}'`
