import { AppError } from '@resguardo/shared'

const segment = /^[A-Za-z0-9._-]+$/

/** @throws STORAGE_KEY_INVALID unless the key is plain segments joined by `/`, none of them `.` or `..` */
export function checkKey(key: string): string {
  const valid =
    key.length <= 1_000 &&
    key.split('/').every(part => segment.test(part) && part !== '.' && part !== '..')
  if (!valid)
    throw new AppError('STORAGE_KEY_INVALID', `Not a key: ${JSON.stringify(key.slice(0, 120))}`)
  return key
}
