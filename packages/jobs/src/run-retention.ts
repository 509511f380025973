import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runRetention = defineJob({
  name: 'run-retention',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
