import type pg from 'pg'

/**
 * Objects of a database by kind and name (`index app.account_name`, as pg_identify_object writes it), each with the MD5 of
 * its definition: equal for a database and for its dump restored on a server of the same major. `rights of …` are owner and
 * grants. Left out: what belongs to extensions or to the server, rows, comments, and what only a superuser sees
 * (subscriptions, user mappings). Call `useStableText` before.
 */
export async function readSchemaObjects(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; md5: string }>(schemaObjectsQuery)
  return Object.fromEntries(rows.map(({ name, md5 }) => [name, md5]))
}

/** Kinds that are compared by name alone, with the column of their schema. */
const namedInSchema = {
  pg_collation: 'collnamespace',
  pg_conversion: 'connamespace',
  pg_operator: 'oprnamespace',
  pg_opclass: 'opcnamespace',
  pg_opfamily: 'opfnamespace',
  pg_ts_config: 'cfgnamespace',
  pg_ts_dict: 'dictnamespace',
  pg_ts_parser: 'prsnamespace',
  pg_ts_template: 'tmplnamespace'
}

/** Kinds that are compared by name alone and are in no schema. Below this OID is what every database is made with. */
const FIRST_OWN_OID = 16_384
const namedInDatabase = [
  'pg_am',
  'pg_cast',
  'pg_foreign_data_wrapper',
  'pg_foreign_server',
  'pg_language',
  'pg_publication',
  'pg_transform'
]

const named = (catalog: string, condition: string) =>
  `UNION ALL SELECT '${catalog}'::regclass, oid, '', '' FROM ${catalog} WHERE ${condition}`

const byName = [
  ...Object.entries(namedInSchema).map(([catalog, schema]) =>
    named(catalog, `${schema} IN (SELECT oid FROM space)`)
  ),
  ...namedInDatabase.map(catalog => named(catalog, `oid >= ${FIRST_OWN_OID}`))
].join('\n      ')

/** A cast in an expression that PostgreSQL wrote: `::text`, `::character varying(10)[]`, `::"Odd"."Type"`. */
const identifier = '(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)'
const cast = [
  `::${identifier}(?:\\.${identifier})?`,
  '(?: varying| precision| (?:year|month|day|hour|minute|second)(?: to (?:month|hour|minute|second))?)?',
  '(?:\\([0-9, ]+\\))?(?: with(?:out)? time zone)?(?:\\[\\])*'
].join('')

/**
 * An expression without casts, parentheses and blanks. PostgreSQL writes them in other places once an expression was dumped
 * and restored: `x IN ('a', 'b')` with a varchar is `ARRAY['a'::varchar, …]::text[]` first, `ARRAY['a'::varchar::text, …]` then.
 */
const plain = (expression: string) =>
  `regexp_replace(regexp_replace(${expression}, '${cast}', '', 'g'), '[()\\s]', '', 'g')`

const list = (array: string) =>
  `(SELECT string_agg(e::text, ',' ORDER BY e::text COLLATE "C") FROM unnest(${array}) e)`

/** `exact` is compared as it is, `expression` without what a restore may write otherwise. */
const schemaObjectsQuery = `
  WITH space AS (
    SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  ), extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
  ), relation AS (
    SELECT * FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND relpersistence <> 't' AND relnamespace IN (SELECT oid FROM space)
      AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM extended)
  ), function AS (
    -- Without the constructors of range types.
    SELECT * FROM pg_proc
    WHERE pronamespace IN (SELECT oid FROM space)
      AND oid NOT IN (SELECT objid FROM pg_depend WHERE classid = 'pg_proc'::regclass AND deptype = 'i')
  ), type AS (
    SELECT * FROM pg_type t
    WHERE typtype IN ('b', 'd', 'e', 'p', 'r') AND typnamespace IN (SELECT oid FROM space)
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
  ), object (classid, objid, exact, expression) AS (
      SELECT 'pg_namespace'::regclass, oid, ''::text, ''::text FROM space
      UNION ALL
      SELECT 'pg_extension'::regclass, e.oid, n.nspname, ''
      FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= ${FIRST_OWN_OID}
      UNION ALL
      SELECT 'pg_class'::regclass, c.oid,
             concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reloftype::regtype,
               (SELECT amname FROM pg_am WHERE pg_am.oid = c.relam), ${list('c.reloptions')},
               (SELECT ${list('t.reloptions')} FROM pg_class t WHERE t.oid = c.reltoastrelid),
               (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid),
               (SELECT concat_ws(' ', srvname, ${list('ftoptions')})
                FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE ftrelid = c.oid),
               (SELECT concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle)
                FROM pg_sequence WHERE seqrelid = c.oid),
               (SELECT concat('of ', refobjid::regclass, '.', attname)
                FROM pg_depend d JOIN pg_attribute a ON a.attrelid = refobjid AND a.attnum = refobjsubid
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S'),
               columns.exact),
             concat_ws(' ', pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
               CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, columns.defaults)
      FROM relation c, LATERAL (
        -- A child that was made before it was told its parents has its columns in another order after a restore.
        SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage,
                   to_jsonb(a) ->> 'attcompression', coalesce(attstattarget, -1), attcollation::regcollation,
                   ${list('attoptions')}, ${list('attfdwoptions')}), ', ' ORDER BY at, attname) AS exact,
               string_agg(attname || ' ' || pg_get_expr(adbin, adrelid), ', ' ORDER BY at, attname) AS defaults
        FROM pg_attribute a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum,
        LATERAL (SELECT CASE WHEN NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid) THEN 0 ELSE attnum END AS at) o
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND c.relkind <> 'S') columns
      UNION ALL
      -- pg_dump leaves invalid ones out.
      SELECT 'pg_class'::regclass, i.indexrelid,
             concat_ws(' ', indisclustered, indisreplident,
               (SELECT string_agg(coalesce(attstattarget, -1)::text, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid)),
             pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN relation c ON c.oid = i.indrelid WHERE i.indisvalid OR c.relkind = 'p'
      UNION ALL
      -- Foreign keys of partitions are named anew; not-null is a column's.
      SELECT 'pg_constraint'::regclass, oid, '', pg_get_constraintdef(oid) FROM pg_constraint
      WHERE contype NOT IN ('n', 't') AND NOT (contype = 'f' AND conparentid <> 0)
        AND (conrelid IN (SELECT oid FROM relation) OR contypid IN (SELECT oid FROM type))
      UNION ALL
      SELECT 'pg_trigger'::regclass, oid, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger
      WHERE NOT tgisinternal AND tgparentid = 0 AND tgrelid IN (SELECT oid FROM relation)
      UNION ALL
      SELECT 'pg_rewrite'::regclass, oid, ev_enabled::text, pg_get_ruledef(oid) FROM pg_rewrite
      WHERE rulename <> '_RETURN' AND ev_class IN (SELECT oid FROM relation)
      UNION ALL
      SELECT 'pg_policy'::regclass, oid, concat_ws(' ', polcmd, polpermissive, ${list('polroles::regrole[]')}),
             concat_ws(' check ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
      FROM pg_policy WHERE polrelid IN (SELECT oid FROM relation)
      UNION ALL
      SELECT 'pg_statistic_ext'::regclass, oid, coalesce(stxstattarget, -1)::text, pg_get_statisticsobjdef(oid)
      FROM pg_statistic_ext WHERE stxrelid IN (SELECT oid FROM relation)
      UNION ALL
      SELECT 'pg_proc'::regclass, p.oid, prosrc,
             CASE WHEN prokind = 'a' THEN concat_ws(' ', aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn,
                                                    aggtranstype::regtype, aggsortop::regoper, agginitval, proparallel)
                  ELSE pg_get_functiondef(p.oid) END
      FROM function p LEFT JOIN pg_aggregate ON aggfnoid = p.oid
      UNION ALL
      SELECT 'pg_type'::regclass, t.oid,
             concat_ws(' ', typtype, typisdefined, format_type(typbasetype, typtypmod), typnotnull, typcollation::regcollation,
               (SELECT string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
               (SELECT concat_ws(' ', rngsubtype::regtype, rngcollation::regcollation, rngcanonical, rngsubdiff)
                FROM pg_range WHERE rngtypid = t.oid)),
             pg_get_expr(typdefaultbin, 0)
      FROM type t
      UNION ALL
      SELECT 'pg_event_trigger'::regclass, oid, concat_ws(' ', evtevent, ${list('evttags')}, evtfoid::regproc), '' FROM pg_event_trigger
      ${byName}
  ), owned (classid, objid, owner, acl) AS (
      SELECT 'pg_namespace'::regclass, oid, nspowner, coalesce(nspacl, acldefault('n', nspowner))::text[]
      FROM pg_namespace WHERE oid IN (SELECT oid FROM space)
      UNION ALL
      SELECT 'pg_class'::regclass, oid, relowner, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))::text[]
             || (SELECT array_agg(concat(attname, ' ', e)) FROM pg_attribute, unnest(attacl) e WHERE attrelid = relation.oid AND NOT attisdropped)
      FROM relation
      UNION ALL
      SELECT 'pg_proc'::regclass, oid, proowner, coalesce(proacl, acldefault('f', proowner))::text[] FROM function
      UNION ALL
      SELECT 'pg_type'::regclass, oid, typowner, coalesce(typacl, acldefault('T', typowner))::text[] FROM type
      UNION ALL
      SELECT 'pg_default_acl'::regclass, oid, defaclrole, defaclacl::text[] FROM pg_default_acl
  ), definition (prefix, classid, objid, text) AS (
    SELECT '', classid, objid, concat(exact, ' ', ${plain('expression')}) FROM object
    UNION ALL
    SELECT 'rights of ', classid, objid, concat(pg_get_userbyid(owner), ' ', ${list('acl')}) FROM owned
  )
  SELECT prefix || i.type || ' ' || i.identity AS name, md5(text) AS md5
  FROM definition d, pg_identify_object(d.classid, d.objid, 0) i
  WHERE (d.classid, d.objid) NOT IN (SELECT classid, objid FROM extended WHERE classid <> 'pg_extension'::regclass)
    AND i.identity IS NOT NULL
  ORDER BY 1`
