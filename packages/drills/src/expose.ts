import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { ident, literal, type PgTarget, withConnection } from '@resguardo/pg-tools'
import type { Exposed } from './check.ts'

/** A role of its own with a one-time password; it owns nothing, and is dropped when the check is over. */
async function oneTimeRole(target: PgTarget) {
  const name = `drill_${randomBytes(6).toString('hex')}`
  const password = randomBytes(24).toString('base64url')
  await withConnection(target, client =>
    client.query(`CREATE ROLE ${ident(name)} SUPERUSER LOGIN PASSWORD ${literal(password)}`)
  )
  const drop = () =>
    withConnection(target, async client => {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1',
        [name]
      )
      await client.query(`REASSIGN OWNED BY ${ident(name)} TO CURRENT_USER`)
      await client.query(`DROP OWNED BY ${ident(name)}; DROP ROLE ${ident(name)}`)
    })
  return { name, password, drop }
}

/** The socket of a scratch cluster on a loopback port, for as long as a check runs. Its application is a superuser of what is thrown away. */
export async function exposeOverTcp(target: PgTarget): Promise<Exposed> {
  const role = await oneTimeRole(target)
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(join(target.host, `.s.PGSQL.${target.port}`))
    for (const [from, to] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy()).on('close', () => sockets.delete(from))
      from.pipe(to)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    ...access({ ...target, host: '127.0.0.1', port, user: role.name, password: role.password }),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await role.drop()
    }
  }
}

/** On a staging server: as the source's own user; the server is reached already. */
export const exposeDirectly = async (target: PgTarget): Promise<Exposed> => ({
  ...access(target),
  close: async () => {}
})

function access({ host, port, user, password, database }: PgTarget) {
  const text = encodeURIComponent
  const url = `postgresql://${text(user)}:${text(password ?? '')}@${host}:${port}/${text(database)}`
  return {
    url,
    env: {
      DATABASE_URL: url,
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password ?? '',
      PGDATABASE: database
    }
  }
}
