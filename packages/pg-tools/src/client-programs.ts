import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runText } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'

/** Where distributions put the programs of each major. */
const PARENTS = ['/usr/lib/postgresql', '/usr/local/lib/postgresql']

/** PostgreSQL's client programs of one major. */
export interface ClientPrograms {
  major: number
  version: string
  bin: string
}

/**
 * The programs installed here, one entry a major, oldest first.
 * @param extraDirs directories with a pg_dump in them (RESGUARDO_PG_BIN_DIRS); they win over those found
 */
export async function findClientPrograms(extraDirs: string[] = []): Promise<ClientPrograms[]> {
  const onPath = (process.env.PATH ?? '').split(':')
  const below = await Promise.all(
    PARENTS.map(async parent =>
      (await readdir(parent).catch(() => [])).map(name => join(parent, name, 'bin'))
    )
  )
  const found = new Map<number, ClientPrograms>()
  for (const bin of [...extraDirs, ...below.flat(), ...onPath].filter(Boolean)) {
    const version = await versionOf(join(bin, 'pg_dump'))
    if (!version) continue
    const major = Number.parseInt(version, 10)
    if (!found.has(major)) found.set(major, { major, version, bin })
  }
  return [...found.values()].sort((a, b) => a.major - b.major)
}

/**
 * The oldest programs that can read a server or archive of major `atLeast`: pg_dump must not be older than its server,
 * pg_restore not older than the pg_dump, and a newer one writes settings that an older server does not know.
 * @throws PG_CLIENT_MISSING naming what is installed
 */
export function chooseClient(installed: ClientPrograms[], atLeast: number): ClientPrograms {
  const chosen = installed.find(({ major }) => major >= atLeast)
  if (chosen) return chosen
  const have = installed.map(({ version }) => version).join(', ') || 'none'
  throw new AppError(
    'PG_CLIENT_MISSING',
    `PostgreSQL ${atLeast} needs client programs of major ${atLeast} or newer; installed here: ${have}`,
    {
      hint: `Install postgresql-client-${atLeast} on the worker, or name its directory in RESGUARDO_PG_BIN_DIRS.`
    }
  )
}

/** 170005 → 17; 90624 → 9. */
export const majorOf = (serverVersionNum: number) => Math.floor(serverVersionNum / 10_000)

async function versionOf(program: string) {
  const text = await runText([{ name: 'pg_dump', cmd: program, args: ['--version'] }]).catch(
    () => ''
  )
  return /\(PostgreSQL\) (\S+)/.exec(text)?.[1]
}
