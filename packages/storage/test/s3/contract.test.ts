import { storageContract } from '../contract.ts'
import { bucketStorage, lockingStorage } from './support.ts'

storageContract('s3', async t => {
  const { storage, uploads } = await bucketStorage(t, { prefix: 'a/prefix' })
  return { storage, unfinished: async () => (await uploads()).map(({ Key }) => Key!) }
})

storageContract('s3 with object lock', async t => {
  const { storage, uploads } = await lockingStorage(t, { prefix: 'a/prefix' })
  return { storage, unfinished: async () => (await uploads()).map(({ Key }) => Key!) }
})
