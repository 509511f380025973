import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { signBytes, verifyBytes } from '@resguardo/repository/signature'
import { AppError } from '@resguardo/shared'

export interface EvidenceFile {
  /** The file itself, JSON or HTML, exactly as stored. */
  bytes: Uint8Array
  /** Text of its `.sig`. */
  signature: string
  /** Keys (PEM) that are trusted. They must not come from where the file came from. */
  publicKeys: string[]
}

export type Verification = { valid: true; signer: string } | { valid: false; signer: null }

/**
 * Text of the detached signature's file: the raw Ed25519 signature in base64, one line.
 * @throws CONFIG_INVALID where the key is not an Ed25519 private key
 */
export const signEvidence = (bytes: Uint8Array, privateKey: string) =>
  `${signBytes(bytes, privateKey).toString('base64')}\n`

/** Which of the trusted keys signed exactly these bytes, if any. @throws VALIDATION_FAILED where a key is none */
export function verifyEvidence({ bytes, signature, publicKeys }: EvidenceFile): Verification {
  const fingerprints = publicKeys.map(keyFingerprint)
  const raw = rawSignature(signature)
  const at = raw ? publicKeys.findIndex(key => verifyBytes(bytes, raw, [key])) : -1
  const signer = fingerprints[at]
  return signer === undefined ? { valid: false, signer: null } : { valid: true, signer }
}

/** Of a public key: `openssl pkey -pubin -outform DER | sha256sum | cut -c 1-16`. It tells keys apart; it does not replace them. */
export const keyFingerprint = (publicKey: string) =>
  createHash('sha256')
    .update(readPublicKey(publicKey).export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)

/** Node reads past whatever is not base64: only the one text that stands for the bytes is taken. */
function rawSignature(text: string): Buffer | undefined {
  const raw = Buffer.from(text, 'base64')
  return raw.toString('base64') === text.trimEnd() ? raw : undefined
}

function readPublicKey(pem: string): KeyObject {
  let key: KeyObject | undefined
  try {
    if (pem.includes('PUBLIC KEY')) key = createPublicKey(pem)
  } catch {
    // said below
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new AppError('VALIDATION_FAILED', 'A public key is not an Ed25519 public key in PEM', {
      hint: 'It begins with -----BEGIN PUBLIC KEY-----.'
    })
  }
  return key
}
