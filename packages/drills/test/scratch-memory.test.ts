import t from 'tap'
import { scratchMemory } from '../src/scratch-memory.ts'

const MIB = 1_048_576

t.test('half of the memory is for the cluster and the indexes that it builds at once', async t => {
  t.same(scratchMemory(4, 64_000 * MIB), { sharedBuffersMb: 256, maintenanceWorkMemMb: 256 })
  t.same(scratchMemory(4, 1_024 * MIB), { sharedBuffersMb: 128, maintenanceWorkMemMb: 96 })
  t.same(scratchMemory(1, 1_024 * MIB), { sharedBuffersMb: 128, maintenanceWorkMemMb: 256 })
  t.same(scratchMemory(64, 256 * MIB), { sharedBuffersMb: 32, maintenanceWorkMemMb: 16 })
})

t.test('without a limit of a container, the memory of the machine', async t => {
  t.same(scratchMemory(1), scratchMemory(1, process.constrainedMemory() || undefined))
})
