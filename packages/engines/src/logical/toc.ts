import type { TableName } from './table-name.ts'

/** One line of `pg_restore --list --verbose`, with the entries it depends on. */
export interface Entry {
  id: number
  line: string
  /** As pg_dump names it: `TABLE`, `FK CONSTRAINT`, … */
  kind: string
  /** Schema (or `-`), name and owner, separated by blanks that names may hold too. */
  rest: string
  dependsOn: number[]
}

/** What belongs to a table and means nothing without it. */
const attached = [
  'ACL',
  'CHECK CONSTRAINT',
  'COMMENT',
  'CONSTRAINT',
  'DEFAULT',
  'FK CONSTRAINT',
  'INDEX',
  'INDEX ATTACH',
  'MATERIALIZED VIEW DATA',
  'POLICY',
  'ROW SECURITY',
  'RULE',
  'SECURITY LABEL',
  'SEQUENCE',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'STATISTICS',
  'STATISTICS DATA',
  'TABLE ATTACH',
  'TABLE DATA',
  'TRIGGER'
]
/** Whatever holds rows: named by the user, or needed by none. */
const relations = ['FOREIGN TABLE', 'MATERIALIZED VIEW', 'TABLE', 'VIEW']
const others = [
  'ACCESS METHOD',
  'AGGREGATE',
  'BLOB',
  'BLOB METADATA',
  'BLOBS',
  'CAST',
  'COLLATION',
  'CONVERSION',
  'DATABASE',
  'DATABASE PROPERTIES',
  'DEFAULT ACL',
  'DOMAIN',
  'ENCODING',
  'EVENT TRIGGER',
  'EXTENSION',
  'FOREIGN DATA WRAPPER',
  'FUNCTION',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'PROCEDURAL LANGUAGE',
  'PROCEDURE',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'SCHEMA',
  'SEARCHPATH',
  'SERVER',
  'SHELL TYPE',
  'STDSTRINGS',
  'SUBSCRIPTION',
  'SUBSCRIPTION TABLE',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'TRANSFORM',
  'TYPE',
  'USER MAPPING'
]
/** Longest first: `TABLE DATA` is no `TABLE`. */
const kinds = [...attached, ...relations, ...others].sort((a, b) => b.length - a.length)

/** Reads what `pg_restore --list --verbose` printed. */
export function parseToc(text: string): Entry[] {
  const entries: Entry[] = []
  for (const line of text.split('\n')) {
    const depends = /^;\s+depends on: ([\d ]+)/.exec(line)
    if (depends) {
      entries.at(-1)?.dependsOn.push(...depends[1]!.trim().split(' ').map(Number))
      continue
    }
    const match = /^(\d+); \d+ \d+ (.*)$/.exec(line)
    if (!match) continue
    const text = match[2]!
    const kind = kinds.find(name => text.startsWith(`${name} `)) ?? text.split(' ', 1)[0]!
    entries.push({
      id: Number(match[1]),
      line,
      kind,
      rest: text.slice(kind.length + 1),
      dependsOn: []
    })
  }
  return entries
}

/**
 * The entries that bring back some tables and schemas alone: they themselves, the partitions of a table, what belongs to
 * them (indexes, constraints, triggers, grants …) and everything these need. A foreign key to a table that is not among
 * them is left out.
 */
export function selectEntries(
  entries: Entry[],
  { schemas, tables }: { schemas: string[]; tables: TableName[] }
): Entry[] {
  const byId = new Map(entries.map(entry => [entry.id, entry]))
  const wanted = new Set<Entry>()
  const add = (entry: Entry | undefined) => {
    if (!entry || wanted.has(entry)) return false
    wanted.add(entry)
    return true
  }
  const dependencies = (entry: Entry) =>
    entry.dependsOn.map(id => byId.get(id)).filter(found => found !== undefined)

  for (const entry of entries) {
    const named = (table: TableName) => entry.rest.startsWith(`${table.schema} ${table.name} `)
    if (['ENCODING', 'SEARCHPATH', 'STDSTRINGS'].includes(entry.kind)) add(entry)
    else if (isIn(entry, schemas)) add(entry)
    else if (relations.includes(entry.kind) && tables.some(named)) add(entry)
  }

  for (let grew = true; grew; ) {
    grew = false
    for (const entry of entries) {
      const needs = dependencies(entry)
      if (entry.kind === 'TABLE ATTACH' && needs.some(other => isParent(entry, other, wanted)))
        for (const other of needs) grew = add(other) || grew
      if (belongs(entry, needs, wanted)) grew = add(entry) || grew
      if (wanted.has(entry)) for (const other of needs) grew = add(other) || grew
    }
  }
  for (const entry of [...wanted])
    add(
      entries.find(
        ({ kind, rest }) => kind === 'SCHEMA' && entry.rest.startsWith(`${rest.split(' ')[1]} `)
      )
    )
  return entries.filter(entry => wanted.has(entry))
}

/**
 * Cuts the entries into lists that must follow each other: parallel pg_restore deadlocks when it attaches indexes of nested
 * partitions to each other beside other work. Attaching is quick, so it is done alone and serially, between what it needs
 * and what needs it (foreign keys to partitioned tables).
 */
export function splitAtAttaches(entries: Entry[]): { entries: Entry[]; parallel: boolean }[] {
  const attaches = new Set(
    entries.filter(({ kind }) => kind === 'INDEX ATTACH').map(({ id }) => id)
  )
  if (attaches.size === 0) return [{ entries, parallel: true }]
  const after = new Set<number>()
  for (let size = -1; size !== after.size; ) {
    size = after.size
    for (const { id, dependsOn } of entries)
      if (!attaches.has(id) && dependsOn.some(other => attaches.has(other) || after.has(other)))
        after.add(id)
  }
  const part = (belongs: (id: number) => boolean) => entries.filter(({ id }) => belongs(id))
  return [
    { entries: part(id => !attaches.has(id) && !after.has(id)), parallel: true },
    { entries: part(id => attaches.has(id)), parallel: false },
    { entries: part(id => after.has(id)), parallel: true }
  ].filter(list => list.entries.length > 0)
}

/** What lies in one of the schemas by itself; what belongs to a table comes with it. */
function isIn({ kind, rest }: Entry, schemas: string[]) {
  if (attached.includes(kind) && kind !== 'SEQUENCE') return false
  return schemas.some(schema => rest.startsWith(`${kind === 'SCHEMA' ? '- ' : ''}${schema} `))
}

/** The line of TABLE ATTACH names the partition: what is wanted besides is the parent. */
const isParent = (attach: Entry, other: Entry, wanted: Set<Entry>) =>
  other.kind === 'TABLE' && wanted.has(other) && !attach.rest.startsWith(nameOf(other))

const nameOf = ({ rest }: Entry) => rest.slice(0, rest.lastIndexOf(' ') + 1)

function belongs(entry: Entry, needs: Entry[], wanted: Set<Entry>) {
  if (!attached.includes(entry.kind) || !needs.some(other => wanted.has(other))) return false
  const mustBeThere = [...relations, 'CONSTRAINT', 'INDEX']
  const tables = needs.filter(({ kind }) => mustBeThere.includes(kind))
  if (entry.kind === 'SEQUENCE' || entry.kind === 'SEQUENCE OWNED BY' || entry.kind === 'DEFAULT')
    return tables.length > 0 && tables.every(other => wanted.has(other))
  return tables.every(other => wanted.has(other))
}
