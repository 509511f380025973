import type { Stage } from '@resguardo/processes'
import type { Storage } from '@resguardo/storage'
import { zstdCompressStage } from './compression/zstd.ts'
import { ageEncryptStage } from './encryption/age.ts'
import type { HashThread } from './hashing/hash-thread.ts'
import type { ManifestObject } from './manifest.ts'
import { type StorePiped, storePiped } from './store-piped.ts'

export interface WriteObject extends StorePiped {
  /** Key in the manifest, relative to the backup's folder. */
  key: string
  role: string
  format: string
  /** The producer; its stdout is what is stored. */
  producer: Stage
  recipients: string[]
  level: number
  /** Of the compressor; 0: as many as cores. */
  threads: number
}

/** producer → zstd → age → storage; see storePiped. */
export async function writeObject(
  storage: Storage,
  hashes: HashThread,
  object: WriteObject
): Promise<ManifestObject> {
  const { key, role, format, producer, recipients, level, threads } = object
  const zstd = zstdCompressStage(level, threads)
  const stages = [producer, zstd.stage, ageEncryptStage(recipients)]
  const { bytes, sha256 } = await storePiped(storage, hashes, stages, object)
  return { key, role, bytes, sha256, plainBytes: zstd.plainBytes(), format }
}
