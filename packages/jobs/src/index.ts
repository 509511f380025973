export { defineJob, type JobDefinition, parsePayload } from './define-job.ts'
export {
  openQueues,
  type QueuedRun,
  type Queues,
  type QueuesOptions,
  redisConnection,
  type WakeUp,
  wakeUpsOf
} from './queues.ts'
export { jobOfKind, queueNames, tasks } from './registry.ts'
