import { AppError } from '@resguardo/shared'

/** The end of a lock that has none, a legal hold: the last moment that a Date can tell. */
export const WITHOUT_END = new Date(8_640_000_000_000_000)

export const isLocked = (lockedUntil: Date | undefined): lockedUntil is Date =>
  lockedUntil !== undefined && lockedUntil > new Date()

export const storageLocked = (key: string, until: Date) =>
  new AppError(
    'STORAGE_LOCKED',
    `${key} is locked ${until >= WITHOUT_END ? 'by a legal hold' : `until ${until.toISOString()}`}`
  )

export const cannotLock = (where: string) =>
  new AppError('VALIDATION_FAILED', `${where} cannot lock objects`, {
    hint: 'Use a bucket that was made with object lock and probe the repository again, or ask for no lock.'
  })
