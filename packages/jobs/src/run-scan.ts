import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runScan = defineJob({
  name: 'run-scan',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 2
})
