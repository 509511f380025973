import { Type } from 'typebox'

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
    })
  },
  { additionalProperties: false }
)
