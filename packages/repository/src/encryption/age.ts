import { createHash } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import { type Stage, StageError } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'

/** X25519 recipients as `age-keygen` prints them. @see https://age-encryption.org/v1 */
export const RECIPIENT_PATTERN = '^age1[02-9ac-hj-np-z]{58}$'

/** Encrypts stdin to all recipients; any one of their identities opens it. */
export const ageEncryptStage = (recipients: string[]): Stage => ({
  name: 'age',
  cmd: 'age',
  args: ['--encrypt', ...recipients.flatMap(recipient => ['--recipient', recipient])]
})

/** Decrypts stdin with the identities in a file. It fails on any changed or missing byte, but only after it has written what came before. */
export const ageDecryptStage = (identityFile: string): Stage => ({
  name: 'age',
  cmd: 'age',
  args: ['--decrypt', '--identity', identityFile]
})

/** What a failed `age --decrypt` means. */
export function explainAge(error: unknown): unknown {
  if (!(error instanceof StageError) || error.stage !== 'age') return error
  if (/no identity matched/.test(error.stderr)) {
    return new AppError(
      'IDENTITY_WRONG',
      'No identity on this worker matches the recipients of this backup',
      { cause: error }
    )
  }
  if (
    /failed to decrypt|failed to read header|authenticate payload|unexpected EOF/.test(error.stderr)
  ) {
    return new AppError('OBJECT_DAMAGED', `Decryption refused the stored bytes: ${error.message}`, {
      cause: error
    })
  }
  return error
}

/** @throws IDENTITY_MISSING where no identity file is configured or readable */
export async function requireIdentity(identityFile: string | undefined): Promise<string> {
  if (!identityFile) throw new AppError('IDENTITY_MISSING', 'This worker was given no age identity')
  try {
    await access(identityFile, constants.R_OK)
  } catch (error) {
    throw new AppError(
      'IDENTITY_MISSING',
      `The age identity file cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      { cause: error }
    )
  }
  return identityFile
}

/** Short fingerprint of a recipient, for evidence and comparisons. */
export const recipientFingerprint = (recipient: string) =>
  createHash('sha256').update(recipient).digest('hex').slice(0, 16)
