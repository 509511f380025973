/** What to grant for a refusal, most specific first; the names come from PostgreSQL's own message. */
const grants: [RegExp, (...found: string[]) => string][] = [
  [
    /permission denied for (?:table|relation|view|materialized view|foreign table) (\S+)/i,
    table =>
      `GRANT SELECT ON ${table} TO the role, or GRANT pg_read_all_data (PostgreSQL 14+), which covers all tables.`
  ],
  [
    /permission denied for sequence (\S+)/i,
    sequence => `GRANT SELECT ON SEQUENCE ${sequence} TO the role, or GRANT pg_read_all_data.`
  ],
  [
    /permission denied for schema (\S+)/i,
    schema => `GRANT USAGE ON SCHEMA ${schema} TO the role, or GRANT pg_read_all_data.`
  ],
  [
    /permission denied for large object (\d+)/i,
    oid =>
      `GRANT SELECT ON LARGE OBJECT ${oid} TO the role (pg_read_all_data does not cover large objects), or back up as their owner.`
  ],
  [
    /permission denied for function (\S+)/i,
    name => `GRANT EXECUTE ON FUNCTION ${name} TO the role.`
  ],
  [
    /permission denied for database (\S+)/i,
    database => `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO the role.`
  ],
  [
    /permission denied to create database/i,
    () => 'ALTER ROLE … CREATEDB, or use another source for the target.'
  ],
  [
    /row-level security policy for table (\S+)/i,
    table =>
      `ALTER ROLE … BYPASSRLS: the role may not see every row of ${table}, and a backup never holds fewer rows.`
  ],
  [
    /must be owner of \S+ (\S+)/i,
    name => `GRANT the role that owns ${name} TO the role, or connect as the owner.`
  ],
  [
    /must be (?:able to SET ROLE|a? ?member of)(?: role)? (\S+)/i,
    role => `GRANT ${role} TO the role.`
  ],
  [
    /must be superuser/i,
    () => 'Connect as a superuser, or as the role that the provider offers in its place.'
  ]
]

/**
 * Which GRANT makes a refusal of PostgreSQL go away; undefined where the message does not tell.
 * @see https://www.postgresql.org/docs/current/predefined-roles.html
 */
export function grantHint(message: string): string | undefined {
  for (const [pattern, hint] of grants) {
    const found = pattern.exec(message)
    if (found) return hint(...found.slice(1))
  }
  return undefined
}
