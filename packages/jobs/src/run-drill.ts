import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runDrill = defineJob({
  name: 'run-drill',
  queue: 'restore',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
