import { qualified } from '@resguardo/pg-tools'
import type pg from 'pg'
import type { TableName } from './table-name.ts'

export interface TableFact extends TableName {
  /** `r`: table or leaf partition; `m`: populated materialised view; `p`: a partitioned table with all its partitions. */
  kind: 'r' | 'm' | 'p'
  /** With TOAST, without indexes. */
  bytes: number
  /** Of the main fork. */
  pages: number
  /** Of `r`: a heap whose rows COPY alone reads and writes as pg_dump would. */
  plain: boolean
  unlogged: boolean
  /** In order, without generated ones. */
  columns: string[]
}

/**
 * Everything that holds rows of the user's own: not catalogs, temporary or foreign tables, nor what belongs to an extension.
 * Not plain, so left to pg_dump: other access methods, old-style inheritance, unlogged tables. Partitions by the hash of an
 * enum are one table here: the hash is of the value's OID, so a restore moves rows between them, as pg_dump does. A
 * materialised view that reads one without rows counts as one without: pg_dump does not fill it.
 * @see https://www.postgresql.org/docs/current/app-pgdump.html (--load-via-partition-root)
 */
export async function listTables(client: pg.Client): Promise<TableFact[]> {
  const { rows } = await client.query<TableFact>(`
    WITH RECURSIVE unfilled AS (
      SELECT oid FROM pg_class WHERE relkind = 'm' AND NOT relispopulated
      UNION
      SELECT c.oid FROM unfilled u
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = u.oid AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class AND c.relkind IN ('m', 'v')
    ), own AS (
      SELECT c.*, n.nspname, pg_table_size(c.oid)::float8 AS bytes,
             EXISTS (
               SELECT FROM pg_partition_ancestors(c.oid) p(relid) JOIN pg_partitioned_table t ON t.partrelid = p.relid
               WHERE t.partstrat = 'h' AND EXISTS (
                 SELECT FROM pg_opclass o WHERE o.oid = ANY (t.partclass) AND o.opcname = 'enum_ops')) AS moves
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE (c.relkind = 'r' OR (c.relkind = 'm' AND c.oid NOT IN (SELECT oid FROM unfilled))) AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
    SELECT nspname AS schema, relname AS name, relkind::text AS kind, bytes,
           (pg_relation_size(oid) / current_setting('block_size')::int)::float8 AS pages,
           relpersistence = 'u' AS unlogged,
           relkind = 'r' AND relpersistence = 'p' AND cardinality(a.columns) > 0
             AND (SELECT amname FROM pg_am WHERE pg_am.oid = relam) = 'heap'
             AND (relispartition OR NOT EXISTS (SELECT FROM pg_inherits i WHERE own.oid IN (i.inhrelid, i.inhparent))) AS plain,
           a.columns
    FROM own,
    LATERAL (SELECT ARRAY(SELECT attname::text FROM pg_attribute
                          WHERE attrelid = own.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                          ORDER BY attnum) AS columns) a
    WHERE NOT moves
    UNION ALL
    SELECT n.nspname, r.relname, 'p', sum(own.bytes), 0, false, false, '{}'
    FROM own JOIN pg_class r ON r.oid = pg_partition_root(own.oid) JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE own.moves GROUP BY 1, 2
    ORDER BY 1, 2`)
  return rows
}

/**
 * Whether a backup holds the rows. Those of a materialised view are made anew by the restore: it may have been stale, or show
 * what depends on the time.
 */
export const holdsRows = ({ kind }: { kind: string }) => kind !== 'm'

/** Exact number of rows of one table; of itself only, not of its children, unless it is `p`. */
export async function countRows(
  client: pg.Client,
  { schema, name, kind }: TableName & { kind: string }
): Promise<number> {
  const { rows } = await client.query<{ n: string }>(
    `SELECT count(*) AS n FROM ${kind === 'p' ? '' : 'ONLY '}${qualified(schema, name)}`
  )
  return Number(rows[0]!.n)
}
