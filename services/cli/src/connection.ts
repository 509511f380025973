import { readFileSync } from 'node:fs'
import type { Connection } from '@resguardo/api-client'
import { AppError } from '@resguardo/shared'

const DEFAULT_URL = 'http://127.0.0.1:3000'

/**
 * Where the API is and with which key: `--api` or RESGUARDO_API_URL, RESGUARDO_API_KEY or RESGUARDO_API_KEY_FILE.
 * @throws CONFIG_INVALID
 */
export function connectionFrom(env: NodeJS.ProcessEnv, api: string | undefined): Connection {
  const url = api ?? (env.RESGUARDO_API_URL || DEFAULT_URL)
  if (!/^https?:\/\/[^/@?#\s]+(\/[^@?#\s]*)?$/.test(url))
    throw new AppError(
      'CONFIG_INVALID',
      'The address of the API must be an http(s) URL, without user and password'
    )
  const key = keyFrom(env)
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new AppError('CONFIG_INVALID', 'The API key holds characters that no key has')
  return { baseUrl: url.replace(/\/+$/, ''), key }
}

function keyFrom({ RESGUARDO_API_KEY: key, RESGUARDO_API_KEY_FILE: file }: NodeJS.ProcessEnv) {
  if (key && file)
    throw new AppError(
      'CONFIG_INVALID',
      'RESGUARDO_API_KEY and RESGUARDO_API_KEY_FILE are both set'
    )
  if (key) return key
  if (!file)
    throw new AppError(
      'CONFIG_INVALID',
      'Neither RESGUARDO_API_KEY nor RESGUARDO_API_KEY_FILE is set',
      {
        hint: 'Make a key: npm run keys -- create --name NAME --role ROLE; apply needs admin, check needs viewer.'
      }
    )
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new AppError(
      'CONFIG_INVALID',
      `RESGUARDO_API_KEY_FILE cannot be read: ${(error as Error).message}`
    )
  }
}
