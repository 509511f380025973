import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { AppError } from '@resguardo/shared'
import type { SecretInput } from './catalog.ts'

const SEALED = 'v1'

/** A new master key: 32 random bytes in base64. */
export const createMasterKey = () => randomBytes(32).toString('base64')

export interface Sealer {
  /** The form that is stored: sealed, or a reference in clear. */
  store(secret: SecretInput, owner: string): string
  /** The secret itself. @throws SECRET_KEY_UNKNOWN, SECRET_REFERENCE_MISSING */
  open(stored: string, owner: string): string
  /** The same secret under the current key, or undefined where there is nothing to do. */
  reseal(stored: string, owner: string): string | undefined
}

/**
 * AES-256-GCM under the current master key; the previous one only opens. `owner` (table and row) is authenticated with it,
 * so that a sealed secret cannot be moved to another row.
 */
export function createSealer(options: {
  current?: string
  previous?: string
  env: NodeJS.ProcessEnv
}): Sealer {
  const current = options.current ? readKey(options.current) : undefined
  const keys = [current, options.previous ? readKey(options.previous) : undefined].filter(
    key => key !== undefined
  )

  return {
    store(secret, owner) {
      if ('env' in secret) return `env:${secret.env}`
      if ('file' in secret) return `file:${secret.file}`
      return seal(secret.value, owner)
    },
    open(stored, owner) {
      if (stored.startsWith('env:')) return fromEnvironment(stored.slice(4))
      if (stored.startsWith('file:')) return fromFile(stored.slice(5), options.env)
      return unseal(stored, owner)
    },
    reseal(stored, owner) {
      if (!stored.startsWith(`${SEALED}.`) || stored.split('.')[1] === current?.id) return undefined
      return seal(unseal(stored, owner), owner)
    }
  }

  function seal(text: string, owner: string) {
    if (!current)
      throw new AppError('SECRET_KEY_UNKNOWN', 'No master key is configured', {
        hint: 'Set RESGUARDO_MASTER_KEY_FILE.'
      })
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', current.key, iv).setAAD(Buffer.from(owner))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return [
      SEALED,
      current.id,
      ...[iv, cipher.getAuthTag(), sealed].map(part => part.toString('base64url'))
    ].join('.')
  }

  function unseal(stored: string, owner: string) {
    const [version, keyId, ...parts] = stored.split('.')
    const known = keys.find(({ id }) => id === keyId)
    if (version !== SEALED || !known)
      throw new AppError(
        'SECRET_KEY_UNKNOWN',
        `A stored credential is sealed under master key ${keyId}, which is not configured`
      )
    const [iv, tag, sealed] = parts.map(part => Buffer.from(part, 'base64url'))
    try {
      const decipher = createDecipheriv('aes-256-gcm', known.key, iv!)
        .setAAD(Buffer.from(owner))
        .setAuthTag(tag!)
      return Buffer.concat([decipher.update(sealed!), decipher.final()]).toString('utf8')
    } catch (error) {
      throw new AppError(
        'SECRET_KEY_UNKNOWN',
        'A stored credential does not open: it was changed or moved',
        { cause: error, hint: 'Set the credential again.' }
      )
    }
  }

  function fromEnvironment(name: string) {
    const value = options.env[name]
    if (value === undefined)
      throw new AppError(
        'SECRET_REFERENCE_MISSING',
        `The environment variable ${name} is not set on this worker`
      )
    return value
  }
}

/** Whoever may add a source chooses this path: it must not bring the service's own keys to a server of his. */
function fromFile(path: string, env: NodeJS.ProcessEnv) {
  try {
    const own = Object.entries(env).filter(([name]) => /^RESGUARDO_.*_FILE$/.test(name))
    const real = realpathSync(path)
    if (own.some(([, file]) => file && existsSync(file) && realpathSync(file) === real))
      throw Object.assign(new Error(), { code: 'a key of the service itself' })
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    throw new AppError(
      'SECRET_REFERENCE_MISSING',
      `The secret file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      { cause: error }
    )
  }
}

function readKey(base64: string) {
  const key = Buffer.from(base64, 'base64')
  if (key.length !== 32)
    throw new AppError('CONFIG_INVALID', 'The master key is not 32 bytes in base64', {
      hint: 'Make one with: openssl rand -base64 32'
    })
  return { key, id: createHash('sha256').update(key).digest('hex').slice(0, 8) }
}
