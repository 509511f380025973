import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PgTarget, pgEnv, withConnection } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'

const run = promisify(execFile)

interface Server {
  bin: string
  database(name: string): PgTarget
}

/** Creates a database of pgbench's tables; pgbench's scale is about 15 MB. */
export async function fillPgbench(server: Server, name: string, megabytes: number): Promise<void> {
  await withConnection(server.database('postgres'), client =>
    client.query(`CREATE DATABASE ${name}`)
  )
  const scale = String(Math.max(1, Math.round(megabytes / 15)))
  await run(join(server.bin, 'pgbench'), ['-i', '-q', '-s', scale], {
    env: toolEnvironment(pgEnv(server.database(name))),
    maxBuffer: 16 * 1_048_576
  })
}
