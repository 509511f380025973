import t from 'tap'
import { roleStatements } from '../src/restore-roles.ts'

const globals = `--
-- PostgreSQL database cluster dump
--
SET default_transaction_read_only = off;
CREATE ROLE "Ann O'Hara";
ALTER ROLE "Ann O'Hara" WITH SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:it''s$x:y' VALID UNTIL 'infinity';
CREATE ROLE postgres;
ALTER ROLE postgres WITH NOSUPERUSER LOGIN PASSWORD 'md5x';
CREATE ROLE postgres_exporter;
ALTER ROLE postgres_exporter WITH NOLOGIN;
ALTER ROLE postgres_exporter SET search_path TO 'a';
GRANT postgres_exporter TO "Ann O'Hara" WITH ADMIN OPTION GRANTED BY postgres;
CREATE TABLESPACE fast OWNER postgres LOCATION '/srv/fast';
`

t.test('roles, attributes and memberships; no password, and nothing about our own', async t => {
  t.same(roleStatements(globals, 'postgres'), [
    `CREATE ROLE "Ann O'Hara";`,
    `ALTER ROLE "Ann O'Hara" WITH SUPERUSER LOGIN VALID UNTIL 'infinity';`,
    'CREATE ROLE postgres_exporter;',
    'ALTER ROLE postgres_exporter WITH NOLOGIN;',
    `GRANT postgres_exporter TO "Ann O'Hara" WITH ADMIN OPTION GRANTED BY postgres;`
  ])
})
