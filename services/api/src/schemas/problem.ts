import { codes } from '@resguardo/shared'
import { type Static, Type } from 'typebox'
import { named, ref } from './fields.ts'

/** RFC 9457. `code` is stable and meant for programs; `detail` is meant for people. */
export const Problem = named(
  'Problem',
  Type.Object(
    {
      type: Type.String({
        description: 'URI of the kind of problem',
        examples: ['urn:resguardo:problem:NAME_TAKEN']
      }),
      title: Type.String({ description: 'Text of the HTTP status' }),
      status: Type.Integer(),
      detail: Type.String({ description: 'What happened' }),
      code: Type.String({ description: 'Stable code', examples: Object.keys(codes).slice(2, 5) }),
      hint: Type.String({ description: 'What to do about it' }),
      instance: Type.String({ description: 'Path of the request' }),
      requestId: Type.String({ description: 'Finds the request in the logs' }),
      errors: Type.Optional(
        Type.Array(
          Type.Object({
            field: Type.String({ examples: ['body/name'] }),
            message: Type.String()
          })
        )
      )
    },
    { description: 'Why a request was not done' }
  )
)
export type Problem = Static<typeof Problem>

const response = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref(Problem) } }
})

/** What every route can answer besides its own responses. */
export const problemResponses = {
  '4xx': response('The request is refused; see `code`'),
  '5xx': response('The service cannot do it now; see `code`')
}
