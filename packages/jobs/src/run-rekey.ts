import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runRekey = defineJob({
  name: 'run-rekey',
  queue: 'restore',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
