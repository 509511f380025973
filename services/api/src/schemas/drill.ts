import type { Drill as CatalogDrill } from '@resguardo/catalog'
import { Type } from 'typebox'
import { BackupId, closed, DateTime, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'

export const Outcome = Type.Enum(['passed', 'failed', 'errored'], {
  description:
    '`failed`: the backup is bad or misses an objective; `errored`: the drill could not run'
})

export const NewDrill = closed({
  backupId: Type.Optional(
    Type.String({ description: 'Left out: as the plan selects', maxLength: 64 })
  )
})

export const Drill = named(
  'Drill',
  Type.Object(
    {
      id: Type.String({ format: 'uuid', description: 'Also of its run' }),
      policyId: nullable(Id),
      policyName: nullable(Type.String()),
      sourceId: nullable(Id),
      backupId: nullable(BackupId),
      outcome: Outcome,
      reason: nullable(
        Type.Object({
          phase: Type.String(),
          code: Type.String(),
          message: Type.String(),
          hint: Type.String()
        })
      ),
      restoreSeconds: nullable(Type.Number()),
      rtoMet: nullable(Type.Boolean()),
      startedAt: DateTime,
      finishedAt: DateTime,
      evidenceKey: nullable(Type.String({ description: 'Of the JSON in the repository' })),
      createdAt: DateTime
    },
    { description: 'A restore drill that ended' }
  )
)

export const presentDrill = (drill: CatalogDrill) => json(drill)
