import { ident, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { runText } from '@resguardo/processes'
import { explainAge, type Manifest, type Repository } from '@resguardo/repository'

interface From {
  manifest: Manifest
  repository: Repository
  signal: AbortSignal
}

/**
 * Gives a scratch cluster the source's roles with their attributes and memberships, without passwords: views and triggers run
 * with the rights of their owners. A backup without globals leaves that to the restore, which makes bare roles.
 * @throws OBJECT_DAMAGED
 */
export async function restoreRoles(target: PgTarget, from: From): Promise<void> {
  const { manifest, repository, signal } = from
  const globals = manifest.objects.find(({ role }) => role === 'globals')
  if (!globals) return
  const input = repository.read(manifest, globals, signal)
  const sql = await runText(await repository.openingStages(), { signal, input }).catch(error => {
    signal.throwIfAborted()
    throw explainAge(error)
  })
  await withConnection({ ...target, database: 'postgres' }, async client => {
    // One that this server refuses says nothing about the backup; what needs the role says so.
    for (const statement of roleStatements(sql, target.user))
      await client.query(statement).catch(() => {})
  })
}

/** The statements of pg_dumpall about roles, but those about `self`, who must stay what it is. */
export function roleStatements(globals: string, self: string): string[] {
  const about = [self, ident(self)].flatMap(name => [
    `CREATE ROLE ${name};`,
    `ALTER ROLE ${name} WITH `
  ])
  return globals
    .split('\n')
    .filter(line => /^(CREATE ROLE|ALTER ROLE .* WITH|GRANT) /.test(line))
    .filter(line => !about.some(start => line.startsWith(start)))
    .map(line => line.replace(/ PASSWORD '(?:[^']|'')*'/, ''))
}
