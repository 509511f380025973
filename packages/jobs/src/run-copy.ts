import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runCopy = defineJob({
  name: 'run-copy',
  queue: 'backup',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
