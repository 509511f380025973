import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runVerify = defineJob({
  name: 'run-verify',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
