import { randomBytes } from 'node:crypto'
import { AppError, asAppError } from '@resguardo/shared'
import { type ProbeSteps, probeSteps } from './probe-steps.ts'
import type { Probe, Storage, StorageFeatures } from './storage.ts'

/**
 * Tries every operation that backups need on a storage, below `.probe/`, and removes what it made. The first step that fails
 * ends it, except the conditional write: a store without it is usable, only known as such. Whether objects can be locked is
 * what the storage says: a trial would leave what nobody can remove. `done` has the steps that came before.
 * @throws the failing step's STORAGE_* error with the step's name
 */
export async function probeStorage(
  storage: Storage,
  done: ProbeSteps = probeSteps()
): Promise<Probe> {
  const { steps, step, optional } = done
  const key = `.probe/${randomBytes(8).toString('hex')}`
  const body = randomBytes(100_000)
  const features: StorageFeatures = { ...storage.features, conditionalWrite: false }
  try {
    await step('write', () => storage.write(key, bytes(body)))
    await step('head', async () =>
      expect((await storage.head(key))?.bytes === body.length, 'the size differs')
    )
    await step('read', async () => {
      const chunks: Buffer[] = []
      for await (const chunk of await storage.read(key)) chunks.push(chunk)
      expect(Buffer.concat(chunks).equals(body), 'the bytes differ')
    })
    await step('list', async () => {
      for await (const object of storage.list('.probe/')) if (object.key === key) return
      expect(false, 'the object is not listed')
    })
    await optional('conditional write', async () => {
      const again = await storage
        .write(key, bytes(body), { ifAbsent: true })
        .then(() => undefined, asAppError)
      if (again && again.code !== 'STORAGE_OBJECT_EXISTS') throw again
      expect(again !== undefined, 'an existing object was overwritten')
      features.conditionalWrite = true
    })
  } catch (error) {
    await storage.delete(key).catch(() => {})
    throw error
  }
  await step('delete', () => remove(storage, key))
  return { steps, features }
}

/** A bucket that locks every object by default is usable: what is deleted early stays until its time is over. */
async function remove(storage: Storage, key: string): Promise<string | undefined> {
  try {
    await storage.delete(key)
  } catch (error) {
    const { code, message } = asAppError(error)
    if (code !== 'STORAGE_LOCKED') throw error
    return `The bucket locks by default, objects of failed backups too: ${message}`
  }
  expect((await storage.head(key)) === undefined, 'the object is still there')
}

function expect(fits: boolean, otherwise: string) {
  if (!fits) throw new AppError('STORAGE_FAILED', otherwise)
}

async function* bytes(body: Uint8Array) {
  yield body
}
