import { availableParallelism } from 'node:os'

/** Half of the cores, at least two: the server that is read or filled may stand on the same machine. */
export const defaultJobs = () => Math.max(2, Math.floor(availableParallelism() / 2))
