import { Type } from 'typebox'

export const slackSettings = Type.Object(
  {},
  {
    additionalProperties: false,
    description: 'None: the secret is the address of the incoming webhook, which says it all'
  }
)
