import { Type } from 'typebox'

const text = { schema: Type.Unsafe<unknown>({ type: 'string' }) }

/** An answer as JSON or as a page, by the request's Accept header. */
export const jsonOrHtml = (description: string) => ({
  200: { description, content: { 'application/json': text, 'text/html': text } }
})
