import { ident, literal, type PgTarget, withConnection } from '@resguardo/pg-tools'
import { AppError, asAppError } from '@resguardo/shared'
import type { Exposed } from './check.ts'
import { access, oneTimeLogin } from './expose.ts'

/** Also where nobody is left to drop it: longer than any check may take. */
const DAYS_VALID = 2

/**
 * A database of a staging server, for as long as a check runs: with a role of its own that acts as the source's user, or, where
 * that user may not make one, with the user's own password.
 * @throws PG_AUTH_FAILED where the server does not let such roles in
 */
export async function exposeDirectly(target: PgTarget, mark: string): Promise<Exposed> {
  const lent = await lendRole(target, mark)
  if (!lent) return { ...access(target), close: async () => {} }
  try {
    await withConnection(lent.login, async () => {})
  } catch (error) {
    await lent.takeBack()
    throw new AppError('PG_AUTH_FAILED', asAppError(error).message, {
      cause: error,
      hint: `Programs of checks get a one-time role drill_…: let such roles in as ${target.user}, in pg_hba.conf or a pooler before it.`
    })
  }
  return { ...access(lent.login), close: lent.takeBack }
}

/** Undefined where the user may not make a role that it is a member of. */
async function lendRole(target: PgTarget, mark: string) {
  const { user, password, verifier } = oneTimeLogin()
  const name = ident(user)
  const until = new Date(Date.now() + DAYS_VALID * 86_400_000).toISOString()
  try {
    await withConnection(target, client =>
      // Rights that come with membership do not hold a superuser's attribute: it acts as the user itself.
      client.query(`
        CREATE ROLE ${name} LOGIN IN ROLE ${ident(target.user)} PASSWORD ${literal(verifier)} VALID UNTIL ${literal(until)};
        ALTER ROLE ${name} SET role = ${literal(target.user)};
        COMMENT ON ROLE ${name} IS ${literal(mark)}`)
    )
  } catch (error) {
    if (asAppError(error).code === 'PG_PRIVILEGE_MISSING') return undefined
    throw error
  }
  const login: PgTarget = { ...target, user, password, settings: {} }
  return { login, takeBack }

  async function takeBack() {
    // As the role itself: another plain user may neither end its sessions nor give away what it made.
    await withConnection({ ...login, settings: { role: 'none' } }, async client => {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()',
        [user]
      )
      await client.query(`REASSIGN OWNED BY ${name} TO ${ident(target.user)}`)
      await client.query(`DROP OWNED BY ${name}`)
    }).catch(() => {})
    await withConnection(target, client => client.query(`DROP ROLE ${name}`))
  }
}
