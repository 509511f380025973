import { checkSettings } from './check-settings.ts'
import { openLocal } from './local/local.ts'
import { openS3 } from './s3/s3.ts'
import { settingsOf } from './settings.ts'
import type { Storage, StorageFeatures } from './storage.ts'

export interface OpenOptions {
  /** What a probe found out, from the catalog; without it the careful way is taken. */
  features?: Partial<StorageFeatures> | undefined
}

interface StorageKind {
  kind: string
  /** @throws VALIDATION_FAILED where the settings are not this kind's */
  open(
    settings: Record<string, unknown>,
    secret: string | undefined,
    options?: OpenOptions
  ): Storage
}

/** Every kind of storage there is. */
export const storages = {
  local: { kind: 'local', open: settings => openLocal(checkSettings(settingsOf.local, settings)) },
  s3: {
    kind: 's3',
    open: (settings, secret, options) =>
      openS3(checkSettings(settingsOf.s3, settings), secret, options)
  }
} satisfies Record<string, StorageKind>
