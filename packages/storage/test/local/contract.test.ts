import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Storage, storages, withMetrics } from '../../src/index.ts'
import { storageContract } from '../contract.ts'

const open = (t: Test, wrap = (storage: Storage) => storage) => {
  const path = t.testdir()
  const storage = wrap(storages.local.open({ path }))
  t.teardown(() => storage.close())
  return { storage, unfinished: () => readdir(join(path, '.unfinished')).catch(() => []) }
}

storageContract('local', async t => open(t))
storageContract('counted', async t => open(t, storage => withMetrics(storage, () => {})))
