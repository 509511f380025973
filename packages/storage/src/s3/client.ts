import { S3Client } from '@aws-sdk/client-s3'
import { AppError } from '@resguardo/shared'
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler'
import type { Static } from 'typebox'
import type { s3Settings } from './settings.ts'

export type S3Settings = Static<typeof s3Settings>

const ATTEMPTS = 4
const CONNECT_MS = 5_000

/**
 * Clients that work with AWS and compatible stores: checksums only where an operation requires them (many stores break on
 * the SDK's trailers), and over TLS no second hash of the payload for the signature, which would cost most of the throughput.
 * @throws VALIDATION_FAILED where an access key has no secret
 */
export function createClients(settings: S3Settings, secret: string | undefined) {
  const { requestTimeoutMs } = settings
  return {
    /** Fails where nothing moves; not after a total time, which a large part over a slow line takes for good reason. */
    client: createClient(settings, secret, { socketTimeout: requestTimeoutMs }),
    /** For bodies to read: here the connection also rests while the reader is busy, so only the answer has a time. */
    reader: createClient(settings, secret, {
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true
    })
  }
}

function createClient(
  settings: S3Settings,
  secret: string | undefined,
  timeouts: NodeHttpHandlerOptions
): S3Client {
  const { endpoint, region, accessKeyId, pathStyle } = settings
  if (accessKeyId && !secret)
    throw new AppError(
      'VALIDATION_FAILED',
      'The repository has an accessKeyId but no secret access key'
    )
  const client = new S3Client({
    region,
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_MS,
      ...timeouts
    }),
    ...(endpoint ? { endpoint } : {}),
    ...(accessKeyId && secret ? { credentials: { accessKeyId, secretAccessKey: secret } } : {})
  })
  if (!endpoint || endpoint.startsWith('https:')) signWithoutPayload(client)
  return client
}

function signWithoutPayload(client: S3Client) {
  client.middlewareStack.add(
    next => args => {
      const request = args.request as { headers?: Record<string, string>; body?: unknown }
      if (request.headers && request.body)
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      return next(args)
    },
    { step: 'build', name: 'unsignedPayload', priority: 'low' }
  )
}
