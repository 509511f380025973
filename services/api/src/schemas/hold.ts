import type { Hold as CatalogHold } from '@resguardo/catalog'
import { Type } from 'typebox'
import { BackupId, closed, DateTime, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'

const Text = (description: string) =>
  Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]{1,500}$', description })

export const NewHold = closed({
  holder: Text('Who wants it kept'),
  reason: Text('Why, for whoever reads it in years'),
  until: Type.Optional(
    Type.String({ format: 'date-time', description: 'Left out: until it is released' })
  )
})

export const Release = closed({ reason: Text('Why it may go') })

export const Hold = named(
  'Hold',
  Type.Object(
    {
      id: Id,
      backupId: BackupId,
      holder: Type.String(),
      reason: Type.String(),
      until: nullable(DateTime),
      createdBy: Type.String(),
      createdAt: DateTime,
      releasedAt: nullable(DateTime),
      releasedBy: nullable(Type.String()),
      releaseReason: nullable(Type.String())
    },
    { description: 'A pin that no rule can override' }
  )
)

export const presentHold = (hold: CatalogHold) => json(hold)
