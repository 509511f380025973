import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify
} from 'node:crypto'
import { AppError } from '@resguardo/shared'

/** An Ed25519 key pair in PEM. */
export function createSigningKey(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' }
  })
}

/** Public key (PEM) of a private one. @throws CONFIG_INVALID where it is not an Ed25519 key */
export function publicKeyOf(privateKey: string): string {
  return createPublicKey(readPrivateKey(privateKey)).export({
    type: 'spki',
    format: 'pem'
  }) as string
}

/** Raw 64-byte Ed25519 signature, as `openssl pkeyutl -verify -rawin` takes it. */
export const signBytes = (bytes: Uint8Array, privateKey: string) =>
  sign(null, bytes, readPrivateKey(privateKey))

/** Whether one of the public keys (PEM) made the signature. */
export function verifyBytes(
  bytes: Uint8Array,
  signature: Uint8Array,
  publicKeys: string[]
): boolean {
  return publicKeys.some(key => verify(null, bytes, createPublicKey(key), signature))
}

function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject | undefined
  try {
    key = createPrivateKey(pem)
  } catch {
    // said below, without the key's text
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new AppError('CONFIG_INVALID', 'The signing key is not an Ed25519 private key in PEM', {
      hint: 'Make one with: openssl genpkey -algorithm ed25519'
    })
  }
  return key
}
