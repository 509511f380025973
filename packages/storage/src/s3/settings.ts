import { Type } from 'typebox'

export const s3Settings = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^/@?#\\s]+(/[^@?#\\s]*)?$',
        description: 'URL of the store, without user and password; left out: AWS'
      })
    ),
    region: Type.String({ minLength: 1, default: 'us-east-1' }),
    bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
    prefix: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$',
        description: 'Folder of the bucket, without a slash at its ends'
      })
    ),
    accessKeyId: Type.Optional(
      Type.String({ minLength: 1, description: "Left out: the worker's own AWS identity" })
    ),
    pathStyle: Type.Boolean({
      default: false,
      description: 'Bucket in the path; most compatible stores need it'
    }),
    storageClass: Type.Optional(Type.String({ minLength: 1 })),
    sse: Type.Optional(Type.Union([Type.Literal('AES256'), Type.Literal('aws:kms')])),
    kmsKeyId: Type.Optional(Type.String({ minLength: 1 })),
    partLimit: Type.Integer({
      minimum: 100,
      maximum: 10_000,
      default: 10_000,
      description: 'Parts an upload may have; some stores allow 1,000'
    }),
    requestTimeoutMs: Type.Integer({
      minimum: 500,
      default: 60_000,
      description: 'Silence of the store after which a request fails'
    })
  },
  { additionalProperties: false }
)
