/** Gives out a fixed number of slots to several owners (runs). */
export interface FairSlots {
  total: number
  /** Resolves with a function that gives the slot back. @throws the signal's reason */
  acquire(owner: object, signal: AbortSignal): Promise<() => void>
}

interface Waiter {
  owner: object
  give: () => void
}

/** A free slot goes to the waiting owner that holds the fewest, so that a large run never starves a small one. */
export function fairSlots(total: number): FairSlots {
  const held = new Map<object, number>()
  const waiting: Waiter[] = []
  let used = 0
  return { total, acquire }

  async function acquire(owner: object, signal: AbortSignal) {
    signal.throwIfAborted()
    if (used < total) take(owner)
    else await wait(owner, signal)
    let given = true
    return () => {
      if (given) giveBack(owner)
      given = false
    }
  }

  function wait(owner: object, signal: AbortSignal) {
    return new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(waiter), 1)
        reject(signal.reason)
      }
      const waiter: Waiter = {
        owner,
        give() {
          signal.removeEventListener('abort', leave)
          take(owner)
          resolve()
        }
      }
      waiting.push(waiter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  function take(owner: object) {
    used++
    held.set(owner, (held.get(owner) ?? 0) + 1)
  }

  function giveBack(owner: object) {
    used--
    const left = held.get(owner)! - 1
    if (left > 0) held.set(owner, left)
    else held.delete(owner)
    const holds = (waiter: Waiter) => held.get(waiter.owner) ?? 0
    const next = waiting.reduce<Waiter | undefined>(
      (best, waiter) => (best && holds(best) <= holds(waiter) ? best : waiter),
      undefined
    )
    if (!next) return
    waiting.splice(waiting.indexOf(next), 1)
    next.give()
  }
}
