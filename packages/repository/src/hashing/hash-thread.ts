import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { FromThread, ToThread } from './messages.ts'

/** Bytes that may wait in the thread's mailbox before the sender has to wait. */
const MAX_WAITING = 1_048_576

export interface HashThread {
  /** Begins a SHA-256. */
  open(): RunningHash
  close(): Promise<void>
}

export interface RunningHash {
  /** Adds bytes; resolves when the thread is ready for more. The chunk may be reused afterwards. */
  update(chunk: Uint8Array): Promise<void>
  /** The digest in lower-case hex. Ends this hash. */
  digest(): Promise<string>
  /** Ends this hash without a digest. */
  drop(): void
}

/**
 * SHA-256 in a worker thread: at 4-5 CPU seconds a GB it would block the event loop, and with it heartbeats, for whole parts.
 * One thread serves all streams of a process.
 */
export function startHashThread(): HashThread {
  const thread = new Worker(new URL('./hash-worker.ts', import.meta.url))
  thread.unref()
  const waiters = new Map<number, (message: FromThread) => void>()
  let lastId = 0
  thread.on('message', (message: FromThread) => waiters.get(message.id)?.(message))

  return {
    open,
    close: async () => {
      const exited = once(thread, 'exit')
      await thread.terminate()
      await exited.catch(() => {})
    }
  }

  function open(): RunningHash {
    const id = ++lastId
    let waiting = 0
    let blocked: (() => void)[] = []
    let finish: ((hex: string) => void) | undefined
    waiters.set(id, message => {
      if ('digest' in message) return finish?.(message.digest)
      waiting -= message.taken
      if (waiting >= MAX_WAITING) return
      for (const release of blocked) release()
      blocked = []
    })
    const send = (message: ToThread, transfer: ArrayBuffer[] = []) =>
      thread.postMessage(message, transfer)
    return {
      async update(chunk) {
        // A copy that is handed over whole: posting a view would clone all of the pool behind it.
        const copy = new Uint8Array(chunk)
        waiting += copy.length
        send({ id, chunk: copy }, [copy.buffer])
        if (waiting < MAX_WAITING) return
        await new Promise<void>(resolve => blocked.push(resolve))
      },
      digest: () =>
        new Promise(resolve => {
          finish = hex => {
            waiters.delete(id)
            resolve(hex)
          }
          send({ id, digest: true })
        }),
      drop() {
        waiters.delete(id)
        send({ id, drop: true })
      }
    }
  }
}
