import { AppError } from '@resguardo/shared'

const segment = /^[A-Za-z0-9._-]+$/

/** Whether these are plain segments joined by `/`, none of them `.` or `..`. */
export const isKey = (key: string) =>
  key.length <= 1_000 &&
  key.split('/').every(part => segment.test(part) && part !== '.' && part !== '..')

/** @throws STORAGE_KEY_INVALID */
export function checkKey(key: string): string {
  if (!isKey(key))
    throw new AppError('STORAGE_KEY_INVALID', `Not a key: ${JSON.stringify(key.slice(0, 120))}`)
  return key
}
