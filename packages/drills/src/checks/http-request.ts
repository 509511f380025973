import type { HttpStep } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import { credentialsIn } from './secrets.ts'
import { fillJson, fillText, type Variables } from './template.ts'

const BODY_LIMIT = 1_048_576

export interface HttpAnswer {
  status: number
  text: string
  /** Undefined where the text is no JSON. */
  json: unknown
  /** Credentials that were sent and may come back in the text. */
  sent: string[]
}

/** One request, without following redirects. @throws TOOL_FAILED where no answer comes; the signal's reason */
export async function request(
  base: string,
  step: HttpStep,
  variables: Variables,
  signal: AbortSignal
): Promise<HttpAnswer> {
  const url = `${base.replace(/\/+$/, '')}${fillText(step.path, variables, encodeURIComponent)}`
  const headers = fillJson(step.headers ?? {}, variables) as Record<string, string>
  const body = fillJson(step.body, variables)
  try {
    const response = await fetch(url, {
      method: step.method,
      redirect: 'manual',
      signal,
      ...withBody(headers, body)
    })
    const text = await readText(response)
    return { status: response.status, text, json: parse(text), sent: credentialsIn(headers, body) }
  } catch (error) {
    signal.throwIfAborted()
    throw noAnswer(`${step.method} ${base}${step.path}`, error)
  }
}

/** Nothing can be said of the database where the application does not speak. */
export function noAnswer(what: string, error: unknown) {
  const { message, cause } = error as Error
  const reason = cause instanceof Error && cause.message ? cause.message : message
  return new AppError('TOOL_FAILED', `${what} got no answer: ${reason}`, {
    cause: error,
    hint: 'See that the application runs and that the worker reaches it.'
  })
}

function withBody(given: Record<string, string>, body: unknown) {
  const headers = new Headers(given)
  if (body === undefined) return { headers }
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return { headers, body: JSON.stringify(body) }
}

/** As much as a check may look at. */
async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > BODY_LIMIT) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
