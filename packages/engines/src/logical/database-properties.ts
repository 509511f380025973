import { ident, literal } from '@resguardo/pg-tools'
import { runText, type Stage } from '@resguardo/processes'
import { explainAge } from '@resguardo/repository'
import type pg from 'pg'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { RestoreContext } from '../engine.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])

/** Content of the object `database`: encrypted like all others, because settings may hold secrets. */
const DatabaseProperties = Type.Object({
  /** `role` null: for everybody; each setting as `name=value`. */
  settings: Type.Array(
    Type.Object({ role: nullable(Type.String()), settings: Type.Array(Type.String()) })
  ),
  /** Null: PostgreSQL's defaults. `grantee` null: PUBLIC. */
  grants: nullable(
    Type.Array(
      Type.Object({
        grantee: nullable(Type.String()),
        privilege: Type.String(),
        grantable: Type.Boolean()
      })
    )
  ),
  connectionLimit: Type.Integer()
})

/** What belongs to the database itself: pg_restore writes it only when it also makes the database and gives it its old name. */
export type DatabaseProperties = Static<typeof DatabaseProperties>

export async function readDatabaseProperties(client: pg.Client): Promise<DatabaseProperties> {
  const settings = await client.query<DatabaseProperties['settings'][number]>(`
    SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END AS role, s.setconfig AS settings
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database() ORDER BY 1 NULLS FIRST`)
  const grants = await client.query<NonNullable<DatabaseProperties['grants']>[number]>(`
    SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END AS grantee,
           a.privilege_type AS privilege, a.is_grantable AS grantable
    FROM pg_database d, aclexplode(d.datacl) a
    WHERE d.datname = current_database() AND a.grantee <> d.datdba ORDER BY 1 NULLS FIRST, 2`)
  const { rows } = await client.query<{ limit: number; acl: boolean }>(
    `SELECT datconnlimit AS limit, datacl IS NOT NULL AS acl FROM pg_database WHERE datname = current_database()`
  )
  const { limit, acl } = rows[0]!
  return {
    settings: settings.rows,
    grants: acl ? grants.rows : null,
    // -2 marks a database whose DROP was interrupted; nothing can be connected to one.
    connectionLimit: limit
  }
}

/** How the properties are stored. */
export const propertiesPart = (properties: DatabaseProperties) => ({
  key: 'database.json.zst.age',
  role: 'database',
  format: 'json',
  producer: { name: 'cat', cmd: 'cat', args: [] } satisfies Stage,
  input: once(Buffer.from(`${JSON.stringify(properties, null, 2)}\n`)),
  estimateBytes: 1_048_576
})

/** The properties that a backup holds; undefined where it has none. */
export async function storedProperties({
  manifest,
  repository,
  signal
}: Pick<RestoreContext, 'manifest' | 'repository' | 'signal'>): Promise<
  DatabaseProperties | undefined
> {
  const object = manifest.objects.find(({ role }) => role === 'database')
  if (!object) return undefined
  try {
    const input = repository.read(manifest, object, signal)
    const text = await runText(await repository.openingStages(), { signal, input })
    return Value.Parse(DatabaseProperties, JSON.parse(text))
  } catch (error) {
    throw explainAge(error)
  }
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

/** Gives a database these properties. `roles` says which roles exist here; what names another is left out. */
export async function applyDatabaseProperties(
  client: pg.Client,
  database: string,
  { settings, grants, connectionLimit }: DatabaseProperties,
  roles: (name: string) => boolean
): Promise<void> {
  const name = ident(database)
  for (const { role, settings: values } of settings) {
    if (role !== null && !roles(role)) continue
    const whose = role === null ? `DATABASE ${name}` : `ROLE ${ident(role)} IN DATABASE ${name}`
    for (const setting of values) await applySetting(client, whose, setting)
  }
  if (grants) {
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    for (const { grantee, privilege, grantable } of grants) {
      if (grantee !== null && !roles(grantee)) continue
      const to = grantee === null ? 'PUBLIC' : ident(grantee)
      await client.query(
        `GRANT ${privilege} ON DATABASE ${name} TO ${to}${grantable ? ' WITH GRANT OPTION' : ''}`
      )
    }
  }
  if (connectionLimit !== -1)
    await client.query(`ALTER DATABASE ${name} CONNECTION LIMIT ${connectionLimit}`)
}

/** Written as pg_dump writes it; never set in our own session, which must be able to go on. */
async function applySetting(client: pg.Client, whose: string, setting: string) {
  const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(setting)!
  const values = nameLists.includes(name!) ? namesIn(value!) : [value!]
  await client.query(
    `ALTER ${whose} SET ${settingName(name!)} TO ${values.map(literal).join(', ')}`
  )
}

/**
 * Settings whose value is a list of quoted names; one string would be one name. Extensions cannot define more of them.
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/bin/pg_dump/dumputils.c (variable_is_guc_list_quote)
 */
const nameLists = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories'
]

/** `"$user", app` → `$user`, `app`. */
function namesIn(list: string): string[] {
  const names = list.match(/"(?:[^"]|"")*"|[^\s",]+/g) ?? ['']
  return names.map(name => name.replace(/^"|"$/g, '').replaceAll('""', '"'))
}

/** `app.tenant` is two identifiers. */
const settingName = (name: string) => name.split('.').map(ident).join('.')
