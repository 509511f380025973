import { NAME_PATTERN } from '@resguardo/domain'
import { Type } from 'typebox'
import { closed, DateTime, Id, named, nullable } from './fields.ts'

const Role = Type.Enum(['viewer', 'operator', 'admin'], {
  description: 'viewer reads; operator also backs up, restores and cancels; admin does everything'
})

export const NewApiKey = closed({
  name: Type.String({ pattern: NAME_PATTERN, examples: ['deploy-pipeline'] }),
  role: Role,
  expiresAt: Type.Optional(DateTime)
})

const fields = {
  id: Id,
  name: Type.String(),
  role: Role,
  prefix: Type.String({ description: 'First characters of the key, to recognise it' }),
  createdAt: DateTime,
  expiresAt: nullable(DateTime),
  lastUsedAt: nullable(DateTime),
  revokedAt: nullable(DateTime)
}

export const ApiKey = named('ApiKey', Type.Object(fields, { description: 'A key and its role' }))

export const CreatedApiKey = named(
  'CreatedApiKey',
  Type.Object(
    {
      ...fields,
      key: nullable(Type.String({ description: 'Shown once; null when the answer is replayed' }))
    },
    { description: 'A new key; only its hash is stored' }
  )
)
