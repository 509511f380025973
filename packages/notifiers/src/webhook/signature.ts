import { createHmac, timingSafeEqual } from 'node:crypto'

/** Value of X-Resguardo-Signature. The time is signed with the body, so an old delivery cannot be sent again as a new one. */
export const signBody = (secret: string, timestamp: string, body: string | Uint8Array) =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`

export interface Delivery {
  secret: string
  /** X-Resguardo-Timestamp: seconds since 1970. */
  timestamp: string
  /** X-Resguardo-Signature */
  signature: string
  /** As it came, before any parsing. */
  body: string | Uint8Array
  /** Deliveries whose time is further away than this, in either direction, are not believed. */
  maxAgeSeconds?: number
  /** Milliseconds since 1970. */
  now?: number
}

/** Whether a delivery was made by one who knows the secret, and lately. Takes the same time wherever signatures differ. */
export function verifySignature({
  secret,
  timestamp,
  signature,
  body,
  maxAgeSeconds = 300,
  now = Date.now()
}: Delivery): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now / 1_000 - Number(timestamp)) > maxAgeSeconds) return false
  const expected = Buffer.from(signBody(secret, timestamp, body))
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
