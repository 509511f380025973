import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runUndo = defineJob({
  name: 'run-undo',
  queue: 'restore',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
