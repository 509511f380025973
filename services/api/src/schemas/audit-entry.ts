import { Type } from 'typebox'
import { DateTime, FreeObject, named, nullable } from './fields.ts'

export const AuditEntry = named(
  'AuditEntry',
  Type.Object(
    {
      id: Type.Integer(),
      at: DateTime,
      actor: Type.String(),
      action: Type.String(),
      resource: Type.String(),
      requestId: nullable(Type.String()),
      detail: FreeObject,
      previousHash: Type.String(),
      hash: Type.String()
    },
    { description: 'Who changed what; each entry holds the hash of the one before' }
  )
)
