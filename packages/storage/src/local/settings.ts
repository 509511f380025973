import { Type } from 'typebox'

export const localSettings = Type.Object(
  {
    path: Type.String({
      pattern: '^/',
      maxLength: 500,
      description: 'Absolute path of a directory that exists on the worker'
    })
  },
  { additionalProperties: false }
)
