import { Type } from 'typebox'
import { BackupId, DateTime, FreeObject, Id, named, nullable } from './fields.ts'

export const Upcoming = named(
  'Upcoming',
  Type.Object(
    { items: Type.Array(Type.Object({ schedule: Type.String(), at: DateTime })) },
    { description: 'The next starts, in order' }
  )
)

export const RetentionPreview = named(
  'RetentionPreview',
  Type.Object(
    {
      keep: Type.Integer(),
      blocked: Type.Integer(),
      remove: Type.Integer(),
      items: Type.Array(
        Type.Object({
          id: BackupId,
          repositoryId: Id,
          at: DateTime,
          storedBytes: Type.Integer(),
          action: Type.Enum(['keep', 'blocked', 'remove'], {
            description: '`blocked`: no rule wants it, but something stands against its removal'
          }),
          reasons: Type.Array(Type.String())
        }),
        { description: 'Newest first' }
      )
    },
    { description: 'What retention would do' }
  )
)

export const LifecyclePlan = named(
  'LifecyclePlan',
  Type.Object(
    {
      bucket: nullable(Type.String({ description: 'Null where the repository is no bucket' })),
      rules: Type.Array(FreeObject),
      conflicts: Type.Array(
        Type.Object({
          level: Type.Enum(['warning', 'critical']),
          message: Type.String(),
          hint: Type.String()
        })
      )
    },
    { description: 'S3 lifecycle rules that fit a policy' }
  )
)

export const CostProjection = named(
  'CostProjection',
  Type.Object(
    {
      currency: Type.String(),
      bytesPerBackup: Type.Integer(),
      total: Type.Number(),
      unpriced: Type.Array(Type.String(), { description: 'Classes without a price' }),
      months: Type.Array(
        Type.Object({
          month: Type.String({ examples: ['2026-12'] }),
          backups: Type.Integer({ description: "At the month's end" }),
          bytesByClass: FreeObject,
          cost: Type.Number()
        })
      )
    },
    { description: 'What the stored bytes will cost' }
  )
)
