import type { Incident as CatalogIncident } from '@resguardo/catalog'
import { Type } from 'typebox'
import { DateTime, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'

export const Incident = named(
  'Incident',
  Type.Object(
    {
      id: Id,
      policyId: nullable(
        Type.String({ format: 'uuid', description: 'Null where it is about the installation' })
      ),
      kind: Type.String(),
      level: Type.Enum(['warning', 'critical']),
      message: Type.String({ description: 'What is wrong' }),
      hint: Type.String({ description: 'What to do about it' }),
      openedAt: DateTime,
      closedAt: nullable(DateTime)
    },
    { description: 'Something wrong, from when it was first seen to when it was over' }
  )
)

export const presentIncident = (incident: CatalogIncident) => json(incident)
