import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runProbe = defineJob({
  name: 'run-probe',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
