import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runLifecycle = defineJob({
  name: 'run-lifecycle',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
