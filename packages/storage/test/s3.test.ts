import type { Test } from 'tap'
import { testBucket } from '../../../test/support/s3.ts'
import { storages } from '../src/index.ts'
import { storageContract } from './contract.ts'

const open = (conditionalWrite: boolean) => async (t: Test) => {
  const { settings, secret, uploads } = await testBucket(t)
  const storage = storages.s3.open({ ...settings, prefix: 'a/prefix' }, secret, {
    features: { conditionalWrite }
  })
  t.teardown(() => storage.close())
  return { storage, unfinished: async () => (await uploads()).map(({ Key }) => Key!) }
}

storageContract('s3', open(true))
storageContract('s3 without conditional writes', open(false))
