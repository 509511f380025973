import { storageContract } from '../contract.ts'
import { bucketStorage } from './support.ts'

storageContract('s3', async t => {
  const { storage, uploads } = await bucketStorage(t, { prefix: 'a/prefix' })
  return { storage, unfinished: async () => (await uploads()).map(({ Key }) => Key!) }
})
