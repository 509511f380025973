import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { ident, literal, type PgTarget, withConnection } from '@resguardo/pg-tools'
import type { Exposed } from './check.ts'
import { scramVerifier } from './scram-verifier.ts'

/** Name and password of a role that lives as long as a check; the server is told the verifier only. */
export function oneTimeLogin() {
  const password = randomBytes(24).toString('base64url')
  return {
    user: `drill_${randomBytes(6).toString('hex')}`,
    password,
    verifier: scramVerifier(password)
  }
}

/** A superuser of a scratch cluster; what it made goes to the cluster's own when it is dropped. */
async function oneTimeSuperuser(target: PgTarget) {
  const { user, password, verifier } = oneTimeLogin()
  const name = ident(user)
  await withConnection(target, client =>
    client.query(`CREATE ROLE ${name} SUPERUSER LOGIN PASSWORD ${literal(verifier)}`)
  )
  const drop = () =>
    withConnection(target, async client => {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1',
        [user]
      )
      await client.query(`REASSIGN OWNED BY ${name} TO CURRENT_USER`)
      await client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`)
    })
  return { user, password, drop }
}

/** The socket of a scratch cluster on a loopback port, for as long as a check runs. Its application is a superuser of what is thrown away. */
export async function exposeOverTcp(target: PgTarget): Promise<Exposed> {
  const { user, password, drop } = await oneTimeSuperuser(target)
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
    ...access({ ...target, host: '127.0.0.1', port, user, password }),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
      await drop()
    }
  }
}

/** How a program reaches a database. */
export function access({ host, port, user, password, database }: PgTarget) {
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
