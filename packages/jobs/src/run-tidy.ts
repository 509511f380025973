import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runTidy = defineJob({
  name: 'run-tidy',
  queue: 'maintenance',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 2
})
