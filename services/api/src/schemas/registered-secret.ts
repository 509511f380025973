import type { RegisteredSecret as CatalogSecret } from '@resguardo/catalog'
import { NAME_PATTERN, secretAge } from '@resguardo/domain'
import { Type } from 'typebox'
import { closed, DateTime, Id, named } from './fields.ts'
import { json } from './json.ts'

const text = (length: string, description: string) =>
  Type.String({ pattern: `^[^\\u0000-\\u001f\\u007f]{${length}}$`, description })

const Kind = Type.String({
  pattern: NAME_PATTERN,
  description: 'What it is',
  examples: ['jwt', 'database-password', 's3-key', 'age-identity']
})
const Owner = text('1,200', 'Who replaces it')
const Note = text('0,500', 'Where it is used, how it is replaced; never the secret itself')
const RotateDays = Type.Integer({
  minimum: 1,
  maximum: 3_650,
  description: 'It is due so long after it was last replaced'
})

/** Closed, and without a field for the value: the register holds names and dates only. */
export const NewRegisteredSecret = closed({
  name: Type.String({
    pattern: NAME_PATTERN,
    description: 'Never changes',
    examples: ['shop-db-password']
  }),
  kind: Kind,
  owner: Owner,
  note: Type.Optional(Note),
  rotateDays: RotateDays,
  rotatedAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'When it was last replaced; default: now' })
  )
})

export const RegisteredSecretChange = closed(
  {
    kind: Type.Optional(Kind),
    owner: Type.Optional(Owner),
    note: Type.Optional(Note),
    rotateDays: Type.Optional(RotateDays)
  },
  { minProperties: 1 }
)

export const Rotation = closed({
  at: Type.Optional(Type.String({ format: 'date-time', description: 'Default: now' }))
})

export const RegisteredSecret = named(
  'RegisteredSecret',
  Type.Object(
    {
      id: Id,
      name: Type.String(),
      kind: Type.String(),
      owner: Type.String(),
      note: Type.String(),
      rotateDays: Type.Integer(),
      rotatedAt: DateTime,
      dueAt: DateTime,
      state: Type.Enum(['ok', 'soon', 'due'], { description: 'soon: within 14 days' }),
      createdAt: DateTime,
      updatedAt: DateTime
    },
    { description: 'A secret that must be replaced from time to time: names and dates only' }
  )
)

/** An entry with its age at a moment. */
export const presentRegisteredSecret = (now: Date) => (secret: CatalogSecret) => {
  const { dueAt, state } = secretAge(secret, now)
  return json({ ...secret, dueAt, state })
}
