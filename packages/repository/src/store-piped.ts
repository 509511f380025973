import { type PipelineOptions, runPipeline, type Stage } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'
import type { ObjectLock, Storage } from '@resguardo/storage'
import type { HashThread } from './hashing/hash-thread.ts'

export interface StorePiped {
  /** Full key in the storage. */
  storageKey: string
  /** Bytes for the first stage's stdin. */
  input?: AsyncIterable<Uint8Array>
  estimateBytes: number
  lock?: ObjectLock | undefined
  storageClass?: string | undefined
  signal: AbortSignal
  stallAfterMs: number
  /** Stored bytes so far. */
  onStored: (bytes: number) => void
  /** Waits where the rate is limited. */
  throttle?: (bytes: number, signal: AbortSignal) => Promise<void>
  /** Process ids of the stages. */
  onStarted?: PipelineOptions['onStarted']
}

/**
 * Stores what processes joined by pipes give: Node sees the last one's bytes only, and hashes them off its event loop.
 * Resolves when every process exited 0 *and* the store confirmed the size; otherwise nothing stays stored.
 */
export async function storePiped(
  storage: Storage,
  hashes: HashThread,
  stages: Stage[],
  object: StorePiped
): Promise<{ bytes: number; sha256: string }> {
  const { signal, stallAfterMs, onStarted, input, storageKey } = object
  const { estimateBytes, lock, storageClass } = object
  const hash = hashes.open()
  let sent = 0
  let stored: { bytes: number }
  try {
    stored = await storage.write(storageKey, body(), {
      estimateBytes,
      ifAbsent: true,
      lock,
      storageClass,
      signal
    })
  } catch (error) {
    hash.drop()
    signal.throwIfAborted()
    throw error
  }
  if (stored.bytes !== sent) {
    throw new AppError(
      'STORAGE_SIZE_MISMATCH',
      `${storageKey}: sent ${sent} bytes, stored ${stored.bytes}`
    )
  }
  return { bytes: sent, sha256: await hash.digest() }

  async function* body() {
    for await (const chunk of runPipeline(stages, { signal, stallAfterMs, onStarted, input })) {
      await hash.update(chunk)
      sent += chunk.length
      object.onStored(sent)
      await object.throttle?.(chunk.length, signal)
      yield chunk
    }
  }
}
