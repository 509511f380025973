import type { Dependencies } from '../dependencies.ts'

/** Tells the catalog that this worker lives, what it takes, and what time it has. */
export const showLife = ({ catalog, workerId, queuesTaken }: Dependencies) =>
  catalog.workers.seen({ name: workerId, queues: queuesTaken, now: new Date() })
