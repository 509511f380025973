import type pg from 'pg'

/** Catalogs of objects in schemas, with the prefix of their columns: `relowner`, `relnamespace`. */
const inSchemas: [string, string][] = [
  ['pg_class', 'rel'],
  ['pg_proc', 'pro'],
  ['pg_type', 'typ'],
  ['pg_collation', 'coll'],
  ['pg_conversion', 'con'],
  ['pg_operator', 'opr'],
  ['pg_opclass', 'opc'],
  ['pg_opfamily', 'opf'],
  ['pg_statistic_ext', 'stx'],
  ['pg_ts_config', 'cfg'],
  ['pg_ts_dict', 'dict']
]
const outsideSchemas: [string, string][] = [
  ['pg_event_trigger', 'evt'],
  ['pg_foreign_data_wrapper', 'fdw'],
  ['pg_foreign_server', 'srv'],
  ['pg_language', 'lan'],
  ['pg_largeobject_metadata', 'lom'],
  ['pg_publication', 'pub']
]
const withGrants = ['fdw', 'lan', 'lom', 'pro', 'rel', 'srv', 'typ']

/** Objects made after initdb have OIDs from here on. */
const FIRST_OID = 16_384

/**
 * Every role that pg_dump may write into an archive: owners, grantees (a grantor is one or the other), roles of policies, of user
 * mappings and of default privileges; not for what belongs to an extension or to PostgreSQL itself. pg_shdepend alone would do,
 * but it never lists the bootstrap superuser, who can have any name.
 */
export async function readRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(rolesQuery)
  return rows.map(({ name }) => name)
}

const objectsOf = ([catalog, prefix]: [string, string], where: string) => `
  UNION ALL
  SELECT '${catalog}'::regclass, oid, ${prefix}owner, ${withGrants.includes(prefix) ? `${prefix}acl` : 'NULL::aclitem[]'}
  FROM ${catalog} WHERE ${where.replaceAll('%', prefix)}`

const rolesQuery = `
  WITH database AS (
    SELECT * FROM pg_database WHERE datname = current_database()
  ), space AS (
    SELECT * FROM pg_namespace WHERE (oid >= ${FIRST_OID} OR nspname = 'public') AND nspname !~ '^pg_'
  ), object (classid, objid, owner, acl) AS (
    SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl FROM space
    ${inSchemas.map(one => objectsOf(one, '%namespace IN (SELECT oid FROM space)')).join('')}
    ${outsideSchemas.map(one => objectsOf(one, `oid >= ${FIRST_OID} OR '%' = 'lom'`)).join('')}
  ), own AS (
    SELECT * FROM object o WHERE NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.objid
        -- Array and row types belong to an extension through what they are of.
        AND (d.deptype = 'e' OR d.deptype = 'i' AND o.classid = 'pg_type'::regclass))
  ), acl (items) AS (
    SELECT acl FROM own
    UNION ALL SELECT attacl FROM pg_attribute WHERE attacl IS NOT NULL
              AND attrelid IN (SELECT objid FROM own WHERE classid = 'pg_class'::regclass)
    UNION ALL SELECT defaclacl FROM pg_default_acl
    UNION ALL SELECT datacl FROM database
  ), role (oid) AS (
    SELECT owner FROM own
    UNION SELECT grantee FROM acl, aclexplode(items)
    UNION SELECT defaclrole FROM pg_default_acl
    UNION SELECT unnest(polroles) FROM pg_policy
    UNION SELECT umuser FROM pg_user_mappings
    UNION SELECT subowner FROM pg_subscription WHERE subdbid = (SELECT oid FROM database)
    UNION SELECT setrole FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM database)
    UNION SELECT datdba FROM database
    UNION SELECT refobjid FROM pg_shdepend, database
          WHERE refclassid = 'pg_authid'::regclass
            AND (dbid = database.oid OR dbid = 0 AND classid = 'pg_database'::regclass AND objid = database.oid)
  )
  SELECT rolname AS name FROM pg_roles WHERE oid IN (SELECT oid FROM role) AND rolname !~ '^pg_' ORDER BY 1`
