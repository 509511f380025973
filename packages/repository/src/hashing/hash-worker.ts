import { createHash, type Hash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import type { FromThread, ToThread } from './messages.ts'

const hashes = new Map<number, Hash>()

parentPort!.on('message', (message: ToThread) => {
  const { id } = message
  const hash = hashes.get(id) ?? createHash('sha256')
  if ('chunk' in message) {
    hashes.set(id, hash.update(message.chunk))
    reply({ id, taken: message.chunk.length })
    return
  }
  if ('digest' in message) reply({ id, digest: hash.digest('hex') })
  hashes.delete(id)
})

function reply(message: FromThread) {
  parentPort!.postMessage(message)
}
