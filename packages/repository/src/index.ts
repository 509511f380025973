export {
  explainAge,
  RECIPIENT_PATTERN,
  recipientFingerprint,
  requireIdentity
} from './encryption/age.ts'
export { type HashThread, startHashThread } from './hashing/hash-thread.ts'
export { type IdentityFile, initialiseRepository, readIdentityFile } from './identity-file.ts'
export { backupPrefix, manifestKey, signatureKey, tombstoneKey } from './layout.ts'
export {
  MANIFEST_VERSION,
  type Manifest,
  type ManifestObject,
  ManifestSchema,
  parseManifest
} from './manifest.ts'
export type { Removal } from './removal.ts'
export { openRepository, type Repository, type RepositoryOptions } from './repository.ts'
export { createSigningKey, publicKeyOf, signBytes, verifyBytes } from './signature.ts'
export type { Tidied } from './tidy.ts'
