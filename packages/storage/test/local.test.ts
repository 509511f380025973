import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Storage, storages, withMetrics } from '../src/index.ts'
import { storageContract } from './contract.ts'
import type { Test } from 'tap'

const open = (wrap: (storage: Storage) => Storage) => async (t: Test) => {
  const path = t.testdir()
  const storage = wrap(storages.local.open({ path }))
  t.teardown(() => storage.close())
  return {
    storage,
    unfinished: () => readdir(join(path, '.unfinished')).catch(() => [])
  }
}

storageContract('local', open(storage => storage))
storageContract('local with metrics', open(storage => withMetrics(storage, () => {})))
