import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runRemove = defineJob({
  name: 'run-remove',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
