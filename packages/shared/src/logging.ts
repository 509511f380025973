import { pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

export interface LoggingOptions {
  service: string
  env: string
  level: string
}

/** Paths whose values never reach a log line. */
const secretPaths = [
  'password',
  'secret',
  'secretAccessKey',
  'authorization',
  'token',
  'key',
  '*.password',
  '*.secret',
  '*.secretAccessKey',
  '*.authorization',
  '*.token',
  'meta.*.password',
  'meta.*.secret',
  'meta.*.secretAccessKey',
  'req.headers.authorization',
  'req.headers.cookie',
  'meta.req.headers.authorization'
]

/** The keys that stand at the top of a log line; everything else goes under `meta`. */
const topLevel = new Set(['requestId', 'userId', 'tenantId', 'route', 'err'])

/** pino options that give one JSON object per line: ts, level, service, env, requestId, userId, tenantId, route, msg, meta. */
export function loggingOptions({ service, env, level }: LoggingOptions) {
  return {
    level,
    base: { service, env },
    messageKey: 'msg',
    timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"ts"'),
    redact: { paths: secretPaths, censor: '[redacted]' },
    serializers: { err: describeError },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: groupUnderMeta
    }
  }
}

/** A logger for one service, to stdout. */
export function createLogger(options: LoggingOptions) {
  return pino(loggingOptions(options))
}

function groupUnderMeta(fields: Record<string, unknown>) {
  const line: Record<string, unknown> = {}
  const meta: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (topLevel.has(name)) line[name] = value
    else meta[name] = value
  }
  if (Object.keys(meta).length > 0) line.meta = meta
  return line
}

function describeError(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code } = error as { code?: unknown }
  return { code, type: error.name, message: error.message, stack: error.stack }
}
