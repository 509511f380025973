import { randomBytes } from 'node:crypto'
import { AppError, asAppError } from '@resguardo/shared'
import type { Probe, Storage, StorageFeatures } from './storage.ts'

/**
 * Tries every operation that backups need on a storage, below `.probe/`, and removes what it made. The first step that fails
 * ends it, except the conditional write: a store without it is usable, only known as such.
 * @throws the failing step's STORAGE_* error with the step's name
 */
export async function probeStorage(storage: Storage): Promise<Probe> {
  const key = `.probe/${randomBytes(8).toString('hex')}`
  const body = randomBytes(100_000)
  const steps: Probe['steps'] = []
  const features: StorageFeatures = { conditionalWrite: false }
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
      expect(
        again?.code === 'STORAGE_OBJECT_EXISTS',
        again ? again.message : 'an existing object was overwritten'
      )
      features.conditionalWrite = true
    })
  } finally {
    await storage.delete(key).catch(() => {})
  }
  await step('delete', async () =>
    expect((await storage.head(key)) === undefined, 'the object is still there')
  )
  return { steps, features }

  async function step(name: string, work: () => Promise<unknown>) {
    const started = performance.now()
    try {
      await work()
      steps.push({ name, ok: true, ms: Math.round(performance.now() - started) })
    } catch (error) {
      const { code, message, hint } = asAppError(error, 'STORAGE_FAILED')
      throw new AppError(code, `Probe step ${name}: ${message}`, { cause: error, hint })
    }
  }

  async function optional(name: string, work: () => Promise<unknown>) {
    await step(name, work).catch(error =>
      steps.push({ name, ok: false, ms: 0, detail: error.message })
    )
  }
}

function expect(fits: boolean, otherwise: string) {
  if (!fits) throw new AppError('STORAGE_FAILED', otherwise)
}

async function* bytes(body: Uint8Array) {
  yield body
}
