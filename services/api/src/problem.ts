import { STATUS_CODES } from 'node:http'
import { AppError, type Code, codes } from '@resguardo/shared'
import type { FastifyError, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import type { Problem } from './schemas/problem.ts'

/** Fastify's own errors that mean something to a client. Every other one of its 4xx is VALIDATION_FAILED. */
const codeOf: Record<string, Code> = {
  FST_ERR_NOT_FOUND: 'ROUTE_NOT_FOUND',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED'
}

/** Their messages repeat the whole URL, with what may stand in its query. */
const unreadable = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH'])

const MAX_ERRORS = 20

/** Any thrown value as what the client is told. What it cannot do anything about (an unknown error) is not shown. */
export function toProblem(error: unknown, request: FastifyRequest): Problem {
  const known = asAppError(error as Partial<FastifyError>)
  const invalid = (error as Partial<FastifyError>)?.validation?.filter(saysSomething)
  const part = (error as Partial<FastifyError>)?.validationContext ?? 'body'
  return {
    type: `urn:resguardo:problem:${known.code}`,
    title: STATUS_CODES[known.http] ?? 'Error',
    status: known.http,
    detail: known.message,
    code: known.code,
    hint: known.hint,
    instance: request.url.split('?', 1)[0]!,
    requestId: request.id,
    ...(invalid && { errors: invalid.slice(0, MAX_ERRORS).map(one => describe(part, one)) })
  }
}

function asAppError(error: Partial<FastifyError>): AppError {
  if (error instanceof AppError) return error
  const { statusCode = 500, code = '', message = '' } = error ?? {}
  if (error?.validation) return new AppError('VALIDATION_FAILED', summary(error))
  if (unreadable.has(code)) return new AppError('ROUTE_NOT_FOUND', 'This path cannot be read')
  if (code in codeOf) return new AppError(codeOf[code]!, message)
  if (statusCode === 404) return new AppError('ROUTE_NOT_FOUND', message)
  if (statusCode === 429) return new AppError('RATE_LIMITED', message)
  if (statusCode < 500) return new AppError('VALIDATION_FAILED', message)
  if (statusCode === 503) return new AppError('OVERLOADED', 'The service is overloaded or stopping')
  return new AppError('INTERNAL', `${codes.INTERNAL.http} ${STATUS_CODES[500]}`)
}

function summary({ validation = [], validationContext = 'body' }: Partial<FastifyError>) {
  const fields = new Set(
    validation.filter(saysSomething).map(one => describe(validationContext, one).field)
  )
  return `Not valid: ${[...fields].slice(0, MAX_ERRORS).join(', ')}`
}

/** The validator reports an unknown field twice; the second time as "schema is false". */
const saysSomething = ({ keyword }: FastifySchemaValidationError) => keyword !== 'boolean'

/** Names the field and what is wrong with it; never its value, which may be a secret. */
function describe(
  part: string,
  { keyword, instancePath, params, message }: FastifySchemaValidationError
) {
  const path = part === 'querystring' ? 'query' : part
  const names = (params as { additionalProperties?: string[]; requiredProperties?: string[] }) ?? {}
  const unknown = keyword === 'additionalProperties' ? names.additionalProperties : undefined
  const missing = keyword === 'required' ? names.requiredProperties : undefined
  const name = (unknown ?? missing)?.[0]
  const field = `${path}${instancePath}${name === undefined ? '' : `/${name.slice(0, 64)}`}`
  if (unknown) return { field, message: 'is not known here' }
  if (missing) return { field, message: 'is required' }
  return { field, message: message ?? 'is not valid' }
}
