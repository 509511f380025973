import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runRestore = defineJob({
  name: 'run-restore',
  queue: 'restore',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 2
})
