import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type PgTarget, pgEnv, withConnection } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'

const run = promisify(execFile)

export interface Server {
  bin: string
  database(name: string): PgTarget
}

/** Creates a database of pgbench's tables only; pgbench's scale is about 15 MB. */
export async function fillPgbench(server: Server, name: string, megabytes: number): Promise<void> {
  await createDatabase(server, name)
  await pgbenchInit(server, name, megabytes)
}

/**
 * A reproducible database of about `megabytes`: pgbench (55 %), a wide table of jsonb and text with indexes (33 %), and 20
 * tables of growing size (12 %). No randomness of the clock or of the server in it.
 */
export async function fillMixed(server: Server, name: string, megabytes: number): Promise<void> {
  await createDatabase(server, name)
  await pgbenchInit(server, name, megabytes * 0.55)
  // About 530 bytes a row with its indexes; 2,000 rows of all small tables together are 0.2 MB.
  const wideRows = Math.round((megabytes * 0.33 * 1_048_576) / 530)
  const smallRows = Math.max(1, Math.round((megabytes * 0.12 * 1_048_576) / 210 / 95))
  await withConnection(server.database(name), async client => {
    await client.query(`
      CREATE TABLE events (id uuid PRIMARY KEY, account integer NOT NULL, kind text NOT NULL, at timestamptz NOT NULL,
                           amount numeric(12, 2), doc jsonb NOT NULL, note text)`)
    await client.query(
      `INSERT INTO events
       SELECT md5(i::text)::uuid, i % 20000, (ARRAY['login', 'sale', 'refund', 'export'])[1 + i % 4],
              '2026-01-01'::timestamptz + i * interval '7 seconds', (i::bigint * 7919 % 1000003) / 100.0,
              jsonb_build_object('session', md5((i::bigint * 31)::text), 'path', '/shop/' || i % 977 || '/item/' || i,
                                 'tags', jsonb_build_array('t' || i % 13, 't' || i % 17), 'ok', i % 3 = 0),
              CASE WHEN i % 2 = 0 THEN repeat(md5((i % 5000)::text) || ' ', 3) END
       FROM generate_series(1, $1::integer) i`,
      [wideRows]
    )
    await client.query('CREATE INDEX ON events (account, at); CREATE INDEX ON events (kind)')
    for (let n = 1; n <= 20; n++) {
      const table = `small_${String(n).padStart(2, '0')}`
      await client.query(
        `CREATE TABLE ${table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ref integer, name text, body text, at date)`
      )
      await client.query(
        `INSERT INTO ${table} (ref, name, body, at)
         SELECT i % 1000, 'name ' || i, md5(i::text) || md5((i * 3)::text), '2020-01-01'::date + i % 2000
         FROM generate_series(1, $1::integer) i`,
        [smallRows * (n > 10 ? n - 5 : 4)]
      )
      await client.query(`CREATE INDEX ON ${table} (ref)`)
    }
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
  })
}

export async function databaseBytes(server: Server, name: string): Promise<number> {
  const { rows } = await withConnection(server.database(name), client =>
    client.query<{ bytes: number }>('SELECT pg_database_size(current_database())::float8 AS bytes')
  )
  return rows[0]!.bytes
}

export async function dropDatabase(server: Server, name: string): Promise<void> {
  await withConnection(server.database('postgres'), async client => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    // What a drop leaves to be written must not be paid by the next measurement.
    await client.query('CHECKPOINT')
  })
}

export const createDatabase = (server: Server, name: string) =>
  withConnection(server.database('postgres'), client => client.query(`CREATE DATABASE ${name}`))

async function pgbenchInit(server: Server, name: string, megabytes: number) {
  const scale = String(Math.max(1, Math.round(megabytes / 15)))
  await run(join(server.bin, 'pgbench'), ['-i', '-q', '-s', scale], {
    env: toolEnvironment(pgEnv(server.database(name))),
    maxBuffer: 16 * 1_048_576
  })
}
