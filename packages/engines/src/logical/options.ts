import { Type } from 'typebox'

const MIB = 1_048_576

const Names = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    maxItems: 500,
    uniqueItems: true,
    default: [],
    description
  })

/** Options of a logical backup. */
export const logicalOptions = Type.Object(
  {
    compressionLevel: Type.Integer({
      minimum: 1,
      maximum: 19,
      default: 3,
      description: 'zstd level'
    }),
    lockTimeoutMs: Type.Integer({
      minimum: 100,
      maximum: 3_600_000,
      default: 60_000,
      description: 'How long to wait for the shared locks on the tables'
    }),
    jobs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        description: "Streams at once; left out: half of the worker's cores, at least 2"
      })
    ),
    bulkThresholdBytes: Type.Integer({
      minimum: 0,
      default: 64 * MIB,
      description: 'Plain tables of at least this size are copied in parallel streams of their own'
    }),
    streamBytes: Type.Integer({
      minimum: MIB,
      default: 64 * MIB,
      description: 'Size on the server of the piece of a table that one stream copies'
    }),
    contentHash: Type.Union([Type.Literal('none'), Type.Literal('full')], {
      default: 'none',
      description: 'Whether to hash every row, so that a restore can compare contents'
    }),
    schemas: Names('Only these schemas; large objects are then left out'),
    excludeSchemas: Names('Without these schemas'),
    tables: Names('Only these tables, as schema.table; large objects are then left out'),
    excludeTables: Names('Without these tables, as schema.table'),
    unloggedTables: Type.Boolean({
      default: true,
      description: 'With the rows of unlogged tables'
    }),
    server: Type.Union([Type.Literal('any'), Type.Literal('primary'), Type.Literal('standby')], {
      default: 'any',
      description: 'Refuse to read from a server of the other kind'
    }),
    rateLimitBytesPerSecond: Type.Optional(
      Type.Integer({
        minimum: 65_536,
        description: 'Stored bytes a second at most, all streams together'
      })
    )
  },
  { additionalProperties: false }
)
