import { type PipelineOptions, runPipeline, type Stage } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'
import { zstdCompressStage } from './compression/zstd.ts'
import { ageEncryptStage } from './encryption/age.ts'
import type { HashThread } from './hashing/hash-thread.ts'
import type { ManifestObject } from './manifest.ts'

export interface WriteObject {
  /** Full key in the storage. */
  storageKey: string
  /** Key in the manifest, relative to the backup's folder. */
  key: string
  role: string
  format: string
  /** The producer; its stdout is what is stored. */
  producer: Stage
  /** Bytes for its stdin. */
  input?: AsyncIterable<Uint8Array>
  recipients: string[]
  level: number
  /** Of the compressor; 0: as many as cores. */
  threads: number
  estimateBytes: number
  signal: AbortSignal
  stallAfterMs: number
  /** Stored bytes so far. */
  onStored: (bytes: number) => void
  /** Waits where the rate is limited. */
  throttle?: (bytes: number, signal: AbortSignal) => Promise<void>
  /** Process ids: producer, zstd, age. */
  onStarted: NonNullable<PipelineOptions['onStarted']>
}

/**
 * producer → zstd → age as processes joined by pipes; Node sees the encrypted bytes only, hashes them off its event loop and
 * stores them. Resolves when every process exited 0 *and* the store confirmed the size; otherwise nothing stays stored.
 */
export async function writeObject(
  storage: Storage,
  hashes: HashThread,
  object: WriteObject
): Promise<ManifestObject> {
  const zstd = zstdCompressStage(object.level, object.threads)
  const stages = [object.producer, zstd.stage, ageEncryptStage(object.recipients)]
  const hash = hashes.open()
  let sent = 0
  let stored: { bytes: number }
  try {
    stored = await storage.write(object.storageKey, body(), {
      estimateBytes: object.estimateBytes,
      ifAbsent: true,
      signal: object.signal
    })
  } catch (error) {
    hash.drop()
    object.signal.throwIfAborted()
    throw error
  }
  if (stored.bytes !== sent) {
    throw new AppError(
      'STORAGE_SIZE_MISMATCH',
      `${object.storageKey}: sent ${sent} bytes, stored ${stored.bytes}`
    )
  }
  const { key, role, format } = object
  return {
    key,
    role,
    bytes: sent,
    sha256: await hash.digest(),
    plainBytes: zstd.plainBytes(),
    format
  }

  async function* body() {
    const { signal, stallAfterMs, onStarted, input } = object
    for await (const chunk of runPipeline(stages, { signal, stallAfterMs, onStarted, input })) {
      await hash.update(chunk)
      sent += chunk.length
      object.onStored(sent)
      await object.throttle?.(chunk.length, signal)
      yield chunk
    }
  }
}
