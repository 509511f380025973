import { AppError, type Code } from '@resguardo/shared'

const meanings: Record<string, Code> = {
  ENOSPC: 'STORAGE_FULL',
  EDQUOT: 'STORAGE_FULL',
  EFBIG: 'STORAGE_FULL',
  EROFS: 'STORAGE_DENIED',
  EACCES: 'STORAGE_DENIED',
  EPERM: 'STORAGE_DENIED',
  EEXIST: 'STORAGE_OBJECT_EXISTS'
}

/** What a file system error means to whoever stores a key. */
export function explainFsError(error: unknown, key: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (error instanceof AppError || code === undefined || syscall === undefined) return error
  return new AppError(meanings[code] ?? 'STORAGE_FAILED', `${key}: ${code} on ${syscall}`, {
    cause: error
  })
}
