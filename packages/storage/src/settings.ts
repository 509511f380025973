import { localSettings } from './local/settings.ts'
import { s3Settings } from './s3/settings.ts'

/** Schemas only: what the API may import without opening anything. */
export const settingsOf = { local: localSettings, s3: s3Settings }
