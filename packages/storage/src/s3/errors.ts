import { AppError, type Code } from '@resguardo/shared'

interface S3Error extends Error {
  Code?: string
  code?: string
  $metadata?: { httpStatusCode?: number }
}

const byName: Record<string, Code> = {
  NoSuchKey: 'STORAGE_OBJECT_NOT_FOUND',
  NotFound: 'STORAGE_OBJECT_NOT_FOUND',
  NoSuchBucket: 'STORAGE_BUCKET_MISSING',
  AccessDenied: 'STORAGE_DENIED',
  InvalidAccessKeyId: 'STORAGE_DENIED',
  SignatureDoesNotMatch: 'STORAGE_DENIED',
  CredentialsProviderError: 'STORAGE_DENIED',
  QuotaExceeded: 'STORAGE_FULL',
  PreconditionFailed: 'STORAGE_OBJECT_EXISTS',
  ConditionalRequestConflict: 'STORAGE_OBJECT_EXISTS',
  TimeoutError: 'STORAGE_UNREACHABLE'
}

const byStatus = (status: number | undefined): Code | undefined => {
  if (status === undefined) return undefined
  if (status === 401 || status === 403) return 'STORAGE_DENIED'
  if (status === 404) return 'STORAGE_OBJECT_NOT_FOUND'
  if (status === 412 || status === 409) return 'STORAGE_OBJECT_EXISTS'
  if (status === 507) return 'STORAGE_FULL'
  if (status === 501) return 'STORAGE_FAILED' // it does not know the operation
  return status >= 500 || status === 429 ? 'STORAGE_UNREACHABLE' : undefined
}

const lostConnection =
  /ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|socket hang up|aborted|timed? ?out|timeout/i

/** What an error of the SDK or the network means. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function explainS3Error(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error
  const { name, Code: xmlCode, code, message, $metadata } = error as S3Error
  const meaning =
    byName[name] ??
    byName[xmlCode ?? ''] ??
    byStatus($metadata?.httpStatusCode) ??
    (lostConnection.test(`${code} ${message}`) ? 'STORAGE_UNREACHABLE' : 'STORAGE_FAILED')
  const status = $metadata?.httpStatusCode ? ` (HTTP ${$metadata.httpStatusCode})` : ''
  return new AppError(
    meaning,
    `${what}: ${name === 'Error' ? (code ?? '') : name} ${message ?? ''}${status}`.replace(
      / +/g,
      ' '
    ),
    { cause: error }
  )
}
