import { withConnection } from '@resguardo/pg-tools'
import t, { type Test } from 'tap'
import { installedMajors, startCluster } from '../../../test/support/clusters.ts'
import { startEngine } from '../../../test/support/engine.ts'
import { readRoles } from '../src/logical/roles.ts'
import { rowsOf } from './support.ts'

/** What the bootstrap superuser, who is called `docker` here, owns or is named in, one at a time. */
const named: Record<string, string> = {
  'a table': 'CREATE TABLE x ()',
  'a view': 'CREATE VIEW x AS SELECT 1',
  'a sequence': 'CREATE SEQUENCE x',
  'a function': `CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  'a schema': 'CREATE SCHEMA x',
  'the schema public': 'ALTER SCHEMA public OWNER TO docker',
  'a domain': 'CREATE DOMAIN x AS int',
  'an enum': `CREATE TYPE x AS ENUM ('a')`,
  'an event trigger': 'CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION ev()',
  'a foreign data wrapper': 'CREATE FOREIGN DATA WRAPPER x',
  'a server': 'CREATE SERVER x FOREIGN DATA WRAPPER fdw',
  'a user mapping': 'CREATE USER MAPPING FOR docker SERVER srv',
  'a publication': 'CREATE PUBLICATION x',
  'a subscription': `CREATE SUBSCRIPTION x CONNECTION 'port=1' PUBLICATION x WITH (connect = false, slot_name = NONE)`,
  'a large object': 'SELECT lo_create(0)',
  'a collation': `CREATE COLLATION x (locale = 'C')`,
  'a conversion': `CREATE CONVERSION x FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
  'an operator': 'CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)',
  'an operator family': 'CREATE OPERATOR FAMILY x USING btree',
  'an operator class':
    'CREATE OPERATOR CLASS x FOR TYPE int USING btree FAMILY family AS STORAGE int',
  'a text search configuration': 'CREATE TEXT SEARCH CONFIGURATION x (COPY = simple)',
  'a text search dictionary': 'CREATE TEXT SEARCH DICTIONARY x (TEMPLATE = simple)',
  statistics: 'CREATE STATISTICS x ON a, b FROM t',
  'a language': 'CREATE LANGUAGE x HANDLER plpgsql_call_handler',
  'default privileges': 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
  'default privileges for it':
    'ALTER DEFAULT PRIVILEGES FOR ROLE keeper GRANT SELECT ON TABLES TO docker',
  'a policy': 'CREATE POLICY x ON t TO docker',
  'a grant on a table': 'GRANT SELECT ON t TO docker',
  'a grant on a column': 'GRANT SELECT (a) ON t TO docker',
  'a grant on a function': 'GRANT EXECUTE ON FUNCTION ev() TO docker',
  'a grant on a schema': 'GRANT USAGE ON SCHEMA public TO docker',
  'a grant on a type': 'GRANT USAGE ON TYPE mood TO docker',
  'a grant on a wrapper': 'GRANT USAGE ON FOREIGN DATA WRAPPER fdw TO docker',
  'a grant on a server': 'GRANT USAGE ON FOREIGN SERVER srv TO docker',
  'a grant on a language': 'GRANT USAGE ON LANGUAGE lang TO docker',
  'a grant on a large object': 'GRANT SELECT ON LARGE OBJECT 4242 TO docker',
  'a grant on the database': 'GRANT CREATE ON DATABASE shop TO docker',
  'a setting': 'ALTER ROLE docker IN DATABASE shop SET work_mem = 64',
  'the database': 'ALTER DATABASE shop OWNER TO docker'
}
/** What it owns that is no part of a dump. */
const unnamed: Record<string, string> = {
  nothing: '',
  'an extension and what belongs to it': 'CREATE EXTENSION postgres_fdw; CREATE EXTENSION isn',
  'a temporary table': 'CREATE TEMPORARY TABLE x (y serial PRIMARY KEY)'
}
/** Everything here is another role's. */
const shop = `
  CREATE TYPE mood AS ENUM ('good'); CREATE TABLE t (a int, b int, mood mood);
  CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE FOREIGN DATA WRAPPER fdw; CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
  CREATE TRUSTED LANGUAGE lang HANDLER plpgsql_call_handler; CREATE OPERATOR FAMILY family USING btree; SELECT lo_create(4242)`

const clients = await installedMajors()

for (const client of clients) {
  t.test(
    `the bootstrap superuser of another name is not forgotten on PostgreSQL ${client.major}`,
    async t => {
      const cluster = await startDocker(t, client)
      const engine = await startEngine(t, clients)
      await withConnection(cluster.target('shop'), async client => {
        for (const [name, sql] of Object.entries({ ...named, ...unnamed })) {
          await client.query(`BEGIN; ${sql}`)
          const roles = await readRoles(client)
          await client.query('ROLLBACK')
          t.equal(roles.includes('docker'), name in named, name)
          t.ok(roles.includes('keeper'), 'who owns the rest')
        }
      })

      const other = await startCluster(t, client)
      const [source, target] = [cluster.target('small'), other.target('small')]
      await rowsOf(cluster.target('postgres'), 'CREATE DATABASE small OWNER keeper')
      await rowsOf(source, `${named['a domain']}; ${named['a collation']}`)
      const manifest = await engine.backup(source)
      t.same(manifest.roles, ['docker', 'keeper'])
      await engine.restore(manifest, target)
      t.same(
        await rowsOf(
          target,
          `SELECT typowner::regrole::text AS owner FROM pg_type WHERE typname = 'x'`
        ),
        [{ owner: 'docker' }]
      )
    }
  )
}

/** A cluster whose superuser was made by initdb under another name, and a database `shop` of a role `keeper`. */
async function startDocker(t: Test, client: (typeof clients)[number]) {
  const cluster = await startCluster(t, client)
  const postgres = cluster.target('postgres')
  const password = postgres.password
  await rowsOf(
    postgres,
    `CREATE ROLE helper SUPERUSER LOGIN PASSWORD '${password}'; CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '${password}'`
  )
  await rowsOf(postgres, 'CREATE DATABASE shop OWNER keeper')
  await rowsOf({ ...cluster.target('shop'), user: 'keeper' }, shop)
  await rowsOf(
    { ...postgres, user: 'helper' },
    `ALTER ROLE postgres RENAME TO docker; ALTER ROLE docker PASSWORD '${password}'`
  )
  return {
    ...cluster,
    target: (database: string) => ({ ...cluster.target(database), user: 'docker' })
  }
}
