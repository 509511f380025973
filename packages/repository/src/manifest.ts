import { AppError } from '@resguardo/shared'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'

/** The newest manifest format this program writes and reads. */
export const MANIFEST_VERSION = 1

const Bytes = Type.Integer({ minimum: 0 })
const Time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' })

export const ManifestObjectSchema = Type.Object({
  /** Relative to the backup's own folder. */
  key: Type.String({ pattern: '^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$' }),
  /** What the object is for: `archive`, `globals`, `data`, `database`. */
  role: Type.String(),
  /** As stored: compressed and encrypted. */
  bytes: Bytes,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  plainBytes: Bytes,
  /** Of the plain bytes: `pg_dump-custom`, `sql`, `copy-text`, `json`. */
  format: Type.String(),
  /** Of `data`: whose rows these are, the columns in the order of the stream, and which of how many streams it is. */
  table: Type.Optional(Type.Object({ schema: Type.String(), name: Type.String() })),
  columns: Type.Optional(Type.Array(Type.String())),
  part: Type.Optional(Type.Integer({ minimum: 1 })),
  parts: Type.Optional(Type.Integer({ minimum: 1 }))
})

/** Manifest v1. Unknown fields are allowed and kept, so that a newer minor writer does not break an older reader. */
export const ManifestSchema = Type.Object({
  formatVersion: Type.Literal(MANIFEST_VERSION),
  id: Type.String(),
  kind: Type.Union([
    Type.Literal('logical'),
    Type.Literal('physical'),
    Type.Literal('tenant'),
    Type.Literal('files')
  ]),
  repositoryId: Type.String(),
  source: Type.Object({
    name: Type.String(),
    systemId: Type.Union([Type.String(), Type.Null()]),
    serverVersion: Type.String(),
    serverVersionNum: Type.Integer(),
    database: Type.String(),
    owner: Type.String(),
    encoding: Type.String(),
    collate: Type.String(),
    ctype: Type.String(),
    localeProvider: Type.String(),
    icuLocale: Type.Union([Type.String(), Type.Null()]),
    /** Version of the collation library that the database was made with. */
    collationVersion: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    /** Of an ICU locale, where it was given some. */
    icuRules: Type.Optional(Type.Union([Type.String(), Type.Null()]))
  }),
  tool: Type.Object({ name: Type.String(), version: Type.String(), pgDumpVersion: Type.String() }),
  startedAt: Time,
  finishedAt: Time,
  snapshot: Type.Object({ lsn: Type.Union([Type.String(), Type.Null()]), at: Time }),
  compression: Type.Object({ scheme: Type.Literal('zstd'), level: Type.Integer() }),
  encryption: Type.Object({
    scheme: Type.Literal('age'),
    recipients: Type.Array(Type.String(), { minItems: 1 })
  }),
  objects: Type.Array(ManifestObjectSchema, { minItems: 1 }),
  /**
   * Exact counts in the snapshot. `r`: a table or partition; `p`: a table with all its partitions; `m`: a materialised view that
   * was populated: a restore refreshes it, so its rows then need not be the same.
   */
  tables: Type.Array(
    Type.Object({
      schema: Type.String(),
      name: Type.String(),
      kind: Type.Union([Type.Literal('r'), Type.Literal('m'), Type.Literal('p')]),
      rows: Type.Integer({ minimum: 0 }),
      bytes: Bytes,
      /** Sum over the rows of a 64-bit hash of their text; the same in every order. */
      contentHash: Type.Optional(Type.String({ pattern: '^-?\\d+$' }))
    })
  ),
  /** Absent: 1, where a column called `t` was hashed instead of the row. */
  contentHashVersion: Type.Optional(Type.Literal(2)),
  largeObjects: Type.Integer({ minimum: 0 }),
  databaseBytes: Bytes,
  extensions: Type.Array(
    Type.Object({ name: Type.String(), version: Type.String(), schema: Type.String() })
  ),
  /** Roles that own something or are named in a grant. */
  roles: Type.Array(Type.String()),
  /** Id of the backup in another repository that this one has the very objects of. */
  copyOf: Type.Optional(Type.String()),
  /** Id of the backup in this repository whose objects were encrypted anew for this one. */
  rekeyOf: Type.Optional(Type.String()),
  /** The policy that it was made for. */
  policy: Type.Optional(Type.Object({ id: Type.String(), name: Type.String() })),
  /** Why somebody asked for it, and until when it is to stay at least. */
  reason: Type.Optional(Type.String()),
  keepUntil: Type.Optional(Time),
  /** How its objects were locked when they were stored. */
  lock: Type.Optional(
    Type.Object({
      mode: Type.Union([Type.Literal('governance'), Type.Literal('compliance')]),
      until: Time
    })
  ),
  /** What the backup was limited to; absent: the whole database. */
  selection: Type.Optional(
    Type.Object({
      schemas: Type.Array(Type.String()),
      excludeSchemas: Type.Array(Type.String()),
      tables: Type.Array(Type.String()),
      excludeTables: Type.Array(Type.String())
    })
  ),
  /** MD5 of the definition of every object of the schema, by kind and name; of whole databases only. */
  schemaObjects: Type.Optional(Type.Record(Type.String(), Type.String())),
  /** What an operator should know about the source. */
  warnings: Type.Optional(Type.Array(Type.String())),
  labels: Type.Record(Type.String(), Type.String()),
  name: Type.Union([Type.String(), Type.Null()])
})

export type Manifest = Static<typeof ManifestSchema>
export type ManifestObject = Static<typeof ManifestObjectSchema>

/** @throws MANIFEST_INVALID, REPOSITORY_FORMAT_NEWER */
export function parseManifest(bytes: Uint8Array, where: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new AppError('MANIFEST_INVALID', `${where} is not JSON`, { cause: error })
  }
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    throw new AppError(
      'REPOSITORY_FORMAT_NEWER',
      `${where} has format ${version}; this program reads up to ${MANIFEST_VERSION}`
    )
  }
  if (!Value.Check(ManifestSchema, value)) {
    const [problem] = Value.Errors(ManifestSchema, value)
    throw new AppError(
      'MANIFEST_INVALID',
      `${where}: ${problem?.instancePath || '/'} ${problem?.message ?? 'is not valid'}`
    )
  }
  return value
}

/** The bytes that are stored and signed. */
export const serialiseManifest = (manifest: Manifest) =>
  Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
