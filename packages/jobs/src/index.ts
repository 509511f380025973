export { defineJob, type JobDefinition, parsePayload } from './define-job.ts'
export {
  openQueues,
  type QueuedRun,
  type Queues,
  type QueuesOptions,
  redisConnection
} from './queues.ts'
export { jobOfKind, queueNames } from './registry.ts'
