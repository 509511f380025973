import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type ClientPrograms,
  type PgTarget,
  pgEnv,
  readTableContent,
  useStableText,
  withConnection
} from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'

/** The schema as pg_dump writes it; without what is random in it. */
export async function schemaOf({ bin }: ClientPrograms, target: PgTarget): Promise<string> {
  const { stdout } = await promisify(execFile)(
    join(bin, 'pg_dump'),
    ['--schema-only', '--no-password'],
    { env: toolEnvironment(pgEnv(target)), maxBuffer: 64 * 1_048_576 }
  )
  return stdout.replace(/^\\(un)?restrict .*$/gm, '')
}

/** Rows and hash of every table, large objects, values of sequences, and what belongs to the database itself. */
export function contentOf(target: PgTarget): Promise<Record<string, unknown>> {
  return withConnection(target, async client => {
    await useStableText(client)
    const rows = async (sql: string) => (await client.query(sql)).rows
    const tables = await rows(`
      SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
        AND c.relname !~ '^by_mood_' -- rows move between these; their root is compared by the engine
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1, 2`)
    const content: Record<string, unknown> = {}
    for (const table of tables)
      content[`${table.schema}.${table.name}`] = await readTableContent(client, table)
    return {
      ...content,
      largeObjects: await rows(`
        SELECT oid::text, pg_get_userbyid(lomowner) AS owner, lomacl::text AS acl, md5(lo_get(oid)) AS md5,
               obj_description(oid, 'pg_largeobject') AS comment FROM pg_largeobject_metadata ORDER BY 1`),
      sequences: await rows(
        'SELECT schemaname, sequencename, last_value::text FROM pg_sequences ORDER BY 1, 2'
      ),
      database: await rows(`
        SELECT pg_get_userbyid(datdba) AS owner, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(datacl) x) AS acl, datconnlimit AS limit,
               (SELECT array_agg((CASE WHEN setrole = 0 THEN '' ELSE pg_get_userbyid(setrole) END || setconfig::text) ORDER BY 1)
                FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
        FROM pg_database d WHERE datname = current_database()`)
    }
  })
}
