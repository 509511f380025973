import { join } from 'node:path'
import type { Stage } from '@resguardo/processes'
import type { ClientPrograms } from './client-programs.ts'
import { type PgTarget, pgEnv } from './connection.ts'

/** What pg_dump sets for the sessions that it copies in. */
const COPY_SETTINGS =
  ' -c row_security=off -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 -c synchronize_seqscans=off -c search_path='

/**
 * Runs `copy` (a COPY … TO STDOUT) inside an exported snapshot and gives its rows on stdout, in the database's own encoding.
 * psql, because the rows then go from server to compressor without entering JavaScript.
 */
export function copyOutStage(
  { bin }: ClientPrograms,
  source: PgTarget,
  { copy, snapshot, encoding }: { copy: string; snapshot: string; encoding: string }
): Stage {
  return psql(bin, source, encoding, COPY_SETTINGS, [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    `SET TRANSACTION SNAPSHOT '${snapshot}'`,
    copy
  ])
}

/** Runs `copy` (a COPY … FROM STDIN) with its stdin as the rows. `settings` are added to the session's. */
export function copyInStage(
  { bin }: ClientPrograms,
  target: PgTarget,
  { copy, encoding, settings }: { copy: string; encoding: string; settings: string }
): Stage {
  return psql(bin, target, encoding, `${COPY_SETTINGS} ${settings}`, [copy])
}

function psql(
  bin: string,
  target: PgTarget,
  encoding: string,
  settings: string,
  statements: string[]
): Stage {
  const env = pgEnv(target)
  return {
    name: 'psql',
    cmd: join(bin, 'psql'),
    args: [
      '--no-psqlrc',
      '--no-password',
      '--quiet',
      '--set=ON_ERROR_STOP=1',
      ...statements.flatMap(statement => ['--command', statement])
    ],
    env: { ...env, PGCLIENTENCODING: encoding, PGOPTIONS: `${env.PGOPTIONS}${settings}` }
  }
}
