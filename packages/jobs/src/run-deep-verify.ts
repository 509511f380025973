import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runDeepVerify = defineJob({
  name: 'run-deep-verify',
  queue: 'restore',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 2
})
