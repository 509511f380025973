import { totalmem } from 'node:os'

const MIB = 1_048_576

export interface ScratchMemory {
  sharedBuffersMb: number
  /** For each index that is built. */
  maintenanceWorkMemMb: number
}

/** Half of the memory that this process and its children may take, for a cluster that builds so many indexes at once. */
export function scratchMemory(jobs: number, limit = memoryLimit()): ScratchMemory {
  const share = limit / MIB / 2
  const sharedBuffersMb = between(32, share / 4, 256)
  return {
    sharedBuffersMb,
    maintenanceWorkMemMb: between(16, (share - sharedBuffersMb) / jobs, 256)
  }
}

/** The container's limit where there is one, otherwise the machine's memory. */
const memoryLimit = () =>
  Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())

const between = (least: number, wanted: number, most: number) =>
  Math.floor(Math.min(most, Math.max(least, wanted)))
